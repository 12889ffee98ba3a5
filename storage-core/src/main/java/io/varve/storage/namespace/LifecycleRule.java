package io.varve.storage.namespace;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What becomes of some of a bucket's keys by itself (user guide, "Lifecycle configuration elements"). Immutable.
 *
 * @param id its name, unique in the bucket
 * @param enabled whether it holds
 * @param filter which keys it is for
 * @param expiration when a current version is deleted, as a client's delete would; empty for never
 * @param endsMarkers whether a delete marker that is all that is left of a key goes
 * @param noncurrent when versions go that are not current; empty for never
 * @param abortDays after how many days an upload in parts ends that was not completed; 0 for never
 * @param transitions when versions get another storage class
 */
public record LifecycleRule(
        String id,
        boolean enabled,
        Filter filter,
        Optional<Expiration> expiration,
        boolean endsMarkers,
        Optional<Noncurrent> noncurrent,
        int abortDays,
        List<Transition> transitions) {

    /** The setting of a bucket with its rules, one a line. */
    public static final String SETTING = Attributes.SETTING + "lifecycle";

    /** The most rules of a bucket. */
    public static final int RULES_MAX = 1000;

    /** The length of a day, unless a setting says otherwise; days then end at midnight UTC. */
    public static final Duration DAY = Duration.ofDays(1);

    /**
     * Which keys a rule is for: all that is said must fit.
     *
     * @param legacy whether it was given as a lone prefix, as before there were filters
     * @param prefix what the key begins with
     * @param tags tags that the version has
     * @param sizeAbove only versions with more bytes; -1 for all
     * @param sizeBelow only versions with fewer bytes; {@link Long#MAX_VALUE} for all
     */
    public record Filter(
            boolean legacy, String prefix, SortedMap<String, String> tags, long sizeAbove, long sizeBelow) {
        public Filter {
            tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
        }

        /** Whether it looks at more than the key. */
        public boolean looksAtVersions() {
            return !tags.isEmpty() || sizeAbove >= 0 || sizeBelow < Long.MAX_VALUE;
        }

        private boolean fits(KeyVersion version) {
            Entry entry = version.entry();
            if (!entry.path().key().startsWith(prefix)) {
                return false;
            }
            if (!looksAtVersions()) {
                return true;
            }
            return !version.marker()
                    && entry.size() > sizeAbove
                    && entry.size() < sizeBelow
                    && entry.attributes().withPrefix(Attributes.TAG).entrySet().containsAll(tags.entrySet());
        }
    }

    /**
     * When current versions go.
     *
     * @param days after how many days; 0 if at a date
     * @param date from when on
     */
    public record Expiration(int days, Optional<Instant> date) {}

    /**
     * When other versions go.
     *
     * @param days how many days after they stopped being current
     * @param newer how many newer ones that are not current have to be there; 0 for none
     */
    public record Noncurrent(int days, int newer) {}

    /**
     * When versions get another storage class.
     *
     * @param to the class
     * @param current whether it is for current versions; else for others
     * @param days how many days after they were made, or stopped being current; 0 also if at a date
     * @param date from when on; for current versions only
     * @param newer how many newer versions that are not current have to be there; 0 for none
     */
    public record Transition(StorageClass to, boolean current, int days, Optional<Instant> date, int newer) {

        /** When it is due for a version that has been what it is since a moment. */
        Instant due(Instant since, Duration day) {
            return date.orElseGet(() -> after(since, days, day));
        }
    }

    public LifecycleRule {
        transitions = List.copyOf(transitions);
    }

    /** A rule that leaves the storage classes alone. */
    public LifecycleRule(
            String id,
            boolean enabled,
            Filter filter,
            Optional<Expiration> expiration,
            boolean endsMarkers,
            Optional<Noncurrent> noncurrent,
            int abortDays) {
        this(id, enabled, filter, expiration, endsMarkers, noncurrent, abortDays, List.of());
    }

    /** The rule with others than its transitions. */
    public LifecycleRule with(List<Transition> others) {
        return new LifecycleRule(id, enabled, filter, expiration, endsMarkers, noncurrent, abortDays, others);
    }

    /** Whether it holds for a version. */
    public boolean covers(KeyVersion version) {
        return enabled && filter.fits(version);
    }

    /** When a current version that was made at a moment expires by this rule; empty for never. */
    public Optional<Instant> expires(Instant made, Duration day) {
        return expiration.map(when -> when.date().orElseGet(() -> after(made, when.days(), day)));
    }

    /** So many days after a moment; whole days last until the next midnight, UTC. */
    static Instant after(Instant moment, int days, Duration day) {
        Instant end = moment.plus(day.multipliedBy(days));
        if (!day.equals(DAY)) {
            return end;
        }
        Instant midnight = end.truncatedTo(ChronoUnit.DAYS);
        return midnight.equals(end) ? end : midnight.plus(1, ChronoUnit.DAYS);
    }

    /** When a version was made: its id knows, also if it was brought back since. */
    public static Instant made(Entry entry) {
        long number = entry.version().number();
        return EntryRow.instant(number != 0 ? number : entry.sequence());
    }

    // ---- the form that is kept

    /** The rules as text. */
    public static String toText(List<LifecycleRule> rules) {
        StringBuilder text = new StringBuilder();
        rules.forEach(rule -> text.append(rule.toText()).append('\n'));
        return text.toString();
    }

    private String toText() {
        List<String> fields = new ArrayList<>();
        fields.add(field("id", id));
        fields.add(field("enabled", Boolean.toString(enabled)));
        fields.add(field(filter.legacy() ? "legacy" : "prefix", filter.prefix()));
        filter.tags().forEach((name, value) -> fields.add(field("t:" + name, value)));
        if (filter.sizeAbove() >= 0) {
            fields.add(field("above", Long.toString(filter.sizeAbove())));
        }
        if (filter.sizeBelow() < Long.MAX_VALUE) {
            fields.add(field("below", Long.toString(filter.sizeBelow())));
        }
        expiration.ifPresent(when -> fields.add(
                field("expires", when.date().map(Instant::toString).orElseGet(() -> Integer.toString(when.days())))));
        if (endsMarkers) {
            fields.add(field("markers", "true"));
        }
        noncurrent.ifPresent(when -> fields.add(field("noncurrent", when.days() + "/" + when.newer())));
        if (abortDays > 0) {
            fields.add(field("abort", Integer.toString(abortDays)));
        }
        for (int i = 0; i < transitions.size(); i++) {
            Transition one = transitions.get(i);
            String when = one.date().map(Instant::toString).orElseGet(() -> Integer.toString(one.days()));
            fields.add(field("m:" + i, one.to() + "/" + (one.current() ? "" : one.newer()) + "/" + when));
        }
        return String.join("&", fields);
    }

    private static String field(String name, String value) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8) + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /**
     * Reads the rules of a bucket.
     *
     * @throws IllegalArgumentException if the setting is damaged
     */
    public static List<LifecycleRule> of(Attributes settings) {
        return settings.get(SETTING).stream()
                .flatMap(String::lines)
                .map(LifecycleRule::parse)
                .toList();
    }

    private static LifecycleRule parse(String line) {
        SortedMap<String, String> fields = new TreeMap<>();
        for (String field : line.split("&", -1)) {
            int equals = field.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("not a rule: " + line);
            }
            fields.put(
                    URLDecoder.decode(field.substring(0, equals), StandardCharsets.UTF_8),
                    URLDecoder.decode(field.substring(equals + 1), StandardCharsets.UTF_8));
        }
        SortedMap<String, String> tags = new TreeMap<>();
        SortedMap<Integer, Transition> transitions = new TreeMap<>();
        fields.forEach((name, value) -> {
            if (name.startsWith("t:")) {
                tags.put(name.substring(2), value);
            } else if (name.startsWith("m:")) {
                transitions.put(Integer.parseInt(name.substring(2)), transition(value));
            }
        });
        Filter filter = new Filter(
                fields.containsKey("legacy"),
                fields.getOrDefault("legacy", fields.getOrDefault("prefix", "")),
                tags,
                Long.parseLong(fields.getOrDefault("above", "-1")),
                Long.parseLong(fields.getOrDefault("below", Long.toString(Long.MAX_VALUE))));
        return new LifecycleRule(
                fields.getOrDefault("id", ""),
                fields.getOrDefault("enabled", "").equals("true"),
                filter,
                Optional.ofNullable(fields.get("expires")).map(LifecycleRule::expiration),
                fields.containsKey("markers"),
                Optional.ofNullable(fields.get("noncurrent")).map(LifecycleRule::noncurrent),
                Integer.parseInt(fields.getOrDefault("abort", "0")),
                List.copyOf(transitions.values()));
    }

    private static Transition transition(String text) {
        String[] parts = text.split("/", -1);
        Expiration when = expiration(parts[2]);
        return new Transition(
                StorageClass.valueOf(parts[0]),
                parts[1].isEmpty(),
                when.days(),
                when.date(),
                parts[1].isEmpty() ? 0 : Integer.parseInt(parts[1]));
    }

    private static Expiration expiration(String text) {
        return text.indexOf('T') < 0
                ? new Expiration(Integer.parseInt(text), Optional.empty())
                : new Expiration(0, Optional.of(Instant.parse(text)));
    }

    private static Noncurrent noncurrent(String text) {
        int slash = text.indexOf('/');
        return new Noncurrent(Integer.parseInt(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /** The rule by which a version expires first, with the moment. */
    public static Optional<Map.Entry<Instant, LifecycleRule>> first(
            List<LifecycleRule> rules, KeyVersion version, Duration day) {
        Instant made = made(version.entry());
        return rules.stream()
                .filter(rule -> rule.covers(version))
                .flatMap(rule -> rule.expires(made, day).map(when -> Map.entry(when, rule)).stream())
                .min(Map.Entry.comparingByKey());
    }
}
