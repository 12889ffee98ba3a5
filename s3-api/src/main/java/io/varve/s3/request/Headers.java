package io.varve.s3.request;

import io.varve.s3.error.S3Exception;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    /** What signs a presigned request and is no header in its address. */
    private static final Set<String> SIGNING = Set.of(
            "x-amz-algorithm",
            "x-amz-content-sha256",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-expires",
            "x-amz-security-token",
            "x-amz-signature",
            "x-amz-signedheaders");

    /** Checksums in an address are those of the empty body that an SDK saw when it signed, and say nothing, as at Amazon. */
    private static final List<String> CHECKSUMS = List.of("x-amz-checksum-", "x-amz-sdk-checksum-");

    private static final String CHECKSUM_MODE = "x-amz-checksum-mode";

    /**
     * These with the headers that the address of a presigned request carries: SDKs put them there, so that who uses the address need not
     * send them. A header that is sent counts before its namesake.
     *
     * @throws S3Exception if a value can be in no header
     */
    public Headers withThoseOf(QueryParameters query) {
        SortedMap<String, String> all = new TreeMap<>();
        for (QueryParameters.Parameter parameter : query.parameters()) {
            String name = parameter.name().toLowerCase(Locale.ROOT);
            if (isCarried(name)) {
                if (parameter.value().chars().anyMatch(Character::isISOControl)) {
                    throw S3Exception.invalidArgument(parameter.name(), "", "A header cannot have control characters.");
                }
                byte[] utf8 = parameter.value().getBytes(StandardCharsets.UTF_8);
                all.putIfAbsent(name, new String(utf8, StandardCharsets.ISO_8859_1).strip());
            }
        }
        all.putAll(values);
        return new Headers(all);
    }

    private static boolean isCarried(String name) {
        boolean checksum = CHECKSUMS.stream().anyMatch(name::startsWith) && !name.equals(CHECKSUM_MODE);
        return name.startsWith("x-amz-") && !SIGNING.contains(name) && !checksum;
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
