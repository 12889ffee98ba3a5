package io.varve.app.config;

import java.util.List;

/**
 * Settings as they were found.
 *
 * @param settings the checked values
 * @param effective every key with the text that won, in the documentation's order
 * @param warnings what looks like a mistake but does not stop the start, one sentence each
 */
public record LoadedSettings(VarveSettings settings, List<Effective> effective, List<String> warnings) {

    /**
     * One key's outcome.
     *
     * @param key the full key
     * @param text the text that holds; stars for a secret
     * @param origin where it was said: a flag, an environment name, a file and line, or "default"
     */
    public record Effective(String key, String text, String origin) {}
}
