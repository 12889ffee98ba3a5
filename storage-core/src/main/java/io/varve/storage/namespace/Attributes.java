package io.varve.storage.namespace;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a client said of an entry beside its bytes: text values under text names, ordered by name.
 *
 * <p>The name's prefix tells whose it is, so that doors do not step on each other: {@link #HEADER}
 * for HTTP headers given back as they came (lower case), {@link #USER} for S3 user metadata, {@link
 * #CHECKSUM} for checksums, {@link #PROPERTY} for WebDAV dead properties ({@code {namespace}local},
 * the value being the property's XML), {@link #TAG} for tags, {@link #SETTING} for settings of buckets. Immutable.
 *
 * @param values names with their prefix, to values
 */
public record Attributes(SortedMap<String, String> values) {

    public static final String HEADER = "h:";
    public static final String USER = "u:";
    public static final String CHECKSUM = "c:";
    public static final String PROPERTY = "p:";
    public static final String TAG = "t:";

    /**
     * When a file is to go by itself: in what a client stores, a {@link TimeToLive}; in an entry, the moment in microseconds since
     * the epoch.
     */
    public static final String EXPIRES = "e:expires";

    /** The number of the import that wrote it; a plus behind it says that something was there before. */
    static final String IMPORT = "e:import";

    /** What belongs to an entry alone, and to no copy of it. */
    private static final String OWN = "e:";

    /**
     * The number of the version's id in decimal; empty if it is that of the commit that made the version, absent for the null
     * version. Of no meaning in what a client stores.
     */
    public static final String VERSION = "v:id";

    /** How content is sealed that only a client has the key of; whoever reads it otherwise would get noise. */
    public static final String SEALED = "k:customer";

    /** What locks a version. */
    public static final String LOCK = "l:";

    /** The most bytes of UTF-8 that all names and values of an entry take together. */
    public static final int BYTES_MAX = 64 * 1024;

    /** What a door keeps with a bucket. */
    public static final String SETTING = "s:";

    /** The most bytes of UTF-8 that the settings of a bucket take together. */
    public static final int SETTINGS_BYTES_MAX = 256 * 1024;

    public static final Attributes NONE = new Attributes(Collections.emptySortedMap());

    public Attributes {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    public static Attributes of(Map<String, String> values) {
        return values.isEmpty() ? NONE : new Attributes(new TreeMap<>(values));
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    public Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The attributes whose names begin with {@code prefix}, under their names without it. */
    public SortedMap<String, String> withPrefix(String prefix) {
        SortedMap<String, String> found = new TreeMap<>();
        values.tailMap(prefix).entrySet().stream()
                .takeWhile(e -> e.getKey().startsWith(prefix))
                .forEach(e -> found.put(e.getKey().substring(prefix.length()), e.getValue()));
        return found;
    }

    /** Those of the attributes whose names begin so. */
    public Attributes only(String... prefixes) {
        return those(name -> Stream.of(prefixes).anyMatch(name::startsWith));
    }

    /** All but the attributes whose names begin so. */
    public Attributes except(String prefix) {
        return those(name -> !name.startsWith(prefix));
    }

    private Attributes those(Predicate<String> names) {
        SortedMap<String, String> chosen = new TreeMap<>(values);
        chosen.keySet().removeIf(names.negate());
        return chosen.size() == values.size() ? this : of(chosen);
    }

    /** These and others; of one that both have, the other's value. */
    public Attributes withAll(Attributes others) {
        SortedMap<String, String> changed = new TreeMap<>(values);
        changed.putAll(others.values);
        return of(changed);
    }

    public Attributes with(String name, String value) {
        SortedMap<String, String> changed = new TreeMap<>(values);
        changed.put(name, value);
        return new Attributes(changed);
    }

    /**
     * What a copy has of these: all but what says how long, and by which import, the original is there, which version it is, and what
     * locks it.
     */
    public Attributes ofCopy() {
        return those(name -> !name.startsWith(OWN) && !isOfVersion(name));
    }

    /** These with the version's id and the locks of others: what is said of an entry does not change which version it is. */
    Attributes ofSameVersion(Attributes others) {
        return those(name -> !isOfVersion(name)).withAll(others.those(Attributes::isOfVersion));
    }

    private static boolean isOfVersion(String name) {
        return name.equals(VERSION) || name.startsWith(LOCK);
    }

    public Attributes without(String name) {
        SortedMap<String, String> changed = new TreeMap<>(values);
        changed.remove(name);
        return of(changed);
    }
}
