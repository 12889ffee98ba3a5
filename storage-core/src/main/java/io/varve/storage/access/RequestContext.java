package io.varve.storage.access;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known of a request beside who asks for what: the values that conditions of bucket policies look at. Immutable.
 *
 * @param values condition keys such as {@code aws:SourceIp}, in lower case, to values
 * @param limits what the credentials that it was signed with may at most; empty for all that their user may
 */
public record RequestContext(SortedMap<String, String> values, Optional<BucketPolicy> limits) {

    /** The id of the version that the request names. */
    public static final String VERSION = "s3:VersionId";

    /** Nothing is known. */
    public static final RequestContext NONE = new RequestContext(Collections.emptySortedMap(), Optional.empty());

    public RequestContext {
        values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    }

    /** Of keys and their values; the case of keys does not matter, as in {@link #with}. */
    public static RequestContext of(Map<String, String> values) {
        SortedMap<String, String> normal = new TreeMap<>();
        values.forEach((key, value) -> normal.put(normal(key), value));
        return new RequestContext(normal, Optional.empty());
    }

    /** The same with one more value; the case of the key does not matter, but for what follows a slash. */
    public RequestContext with(String key, String value) {
        SortedMap<String, String> more = new TreeMap<>(values);
        more.put(normal(key), value);
        return new RequestContext(more, limits);
    }

    /**
     * The same for another object than the request's own.
     *
     * @param version the id of the version that is meant; empty for the current one
     */
    public RequestContext about(String version) {
        SortedMap<String, String> others = new TreeMap<>(values);
        others.remove(normal(VERSION));
        RequestContext current = new RequestContext(others, limits);
        return version.isEmpty() ? current : current.with(VERSION, version);
    }

    /** The same, signed with credentials that may less than their user. */
    public RequestContext limitedTo(Optional<BucketPolicy> policy) {
        return new RequestContext(values, policy);
    }

    Optional<String> get(String key) {
        return Optional.ofNullable(values.get(normal(key)));
    }

    /** A tag's key, which follows a slash, keeps its case. */
    static String normal(String key) {
        int slash = key.indexOf('/');
        return slash < 0
                ? key.toLowerCase(Locale.ROOT)
                : key.substring(0, slash).toLowerCase(Locale.ROOT) + key.substring(slash);
    }
}
