package io.varve.s3.request;

import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The headers of a request, under lower-case names in their order. Several headers of one name are one, joined by
 * commas, which is also how they are signed. Characters above 127 stand for single bytes.
 *
 * @param values lower-case name to trimmed value
 */
public record Headers(SortedMap<String, String> values) {

    public Headers {
        values = Collections.unmodifiableSortedMap(values);
    }

    /** Collects headers one by one. */
    public static final class Builder {
        private final SortedMap<String, String> values = new TreeMap<>();

        public Builder add(String name, String value) {
            values.merge(name.toLowerCase(Locale.ROOT), value.strip(), (a, b) -> a + "," + b);
            return this;
        }

        public Headers build() {
            return new Headers(values);
        }
    }

    /** The value, or empty if the header was not sent. */
    public Optional<String> find(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The value, or the empty text. */
    public String get(String name) {
        return values.getOrDefault(name, "");
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** The headers whose names begin with {@code prefix}, under their full names. */
    public Map<String, String> withPrefix(String prefix) {
        return values.subMap(prefix, prefix + Character.MAX_VALUE);
    }
}
