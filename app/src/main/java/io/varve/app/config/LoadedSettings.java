package io.varve.app.config;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Settings as they were found.
 *
 * @param settings the checked values
 * @param effective every key with the text that won, in the documentation's order
 * @param warnings what looks like a mistake but does not stop the start, one sentence each
 * @param secrets what stands behind the stars, by key; shows stars itself
 * @param source where they were found
 */
public record LoadedSettings(
        VarveSettings settings,
        List<Effective> effective,
        List<String> warnings,
        Map<String, Secret> secrets,
        SettingsSource source) {

    /**
     * One key's outcome.
     *
     * @param key the full key
     * @param text the text that holds; stars for a secret
     * @param origin where it was said: a flag, an environment name, a file and line, or "default"
     * @param live whether a running server takes a change over
     */
    public record Effective(String key, String text, String origin, boolean live) {}

    /**
     * A key that says something else.
     *
     * @param from the text before, stars for a secret
     * @param to the text now
     * @param live whether a running server takes it over
     */
    public record Change(String key, String from, String to, boolean live) {}

    /** What differs from earlier settings. */
    public List<Change> changesSince(LoadedSettings earlier) {
        Map<String, Effective> before =
                earlier.effective.stream().collect(Collectors.toMap(Effective::key, effective -> effective));
        return effective.stream()
                .filter(now -> !now.text.equals(Objects.requireNonNull(before.get(now.key)).text)
                        || !Objects.equals(secrets.get(now.key), earlier.secrets.get(now.key)))
                .map(now -> new Change(now.key, Objects.requireNonNull(before.get(now.key)).text, now.text, now.live))
                .toList();
    }
}
