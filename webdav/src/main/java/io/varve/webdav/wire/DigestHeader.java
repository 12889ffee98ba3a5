package io.varve.webdav.wire;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The headers that carry digests or ask for them: {@code OC-Checksum}, {@code Content-MD5}, and the fields of RFC 9530, which are
 * dictionaries of RFC 8941 with byte sequences or integers.
 */
public final class DigestHeader {
    private DigestHeader() {}

    /**
     * A digest that a request claims of what it brings.
     *
     * @param value in hexadecimal, in lower case
     */
    public record Claim(DigestAlgorithm algorithm, String value) {}

    /**
     * Reads {@code OC-Checksum}: one or more of {@code SHA1:hex}, with spaces between them.
     *
     * @throws WireException 400 if it is not of that form, or all it names cannot be verified here
     */
    public static List<Claim> cloud(String header) {
        List<Claim> claims = new ArrayList<>();
        for (String one : header.strip().split(" +", -1)) {
            int colon = one.indexOf(':');
            if (colon <= 0) {
                throw WireException.malformed("OC-Checksum must be like 'SHA1:' and the value in hexadecimal.");
            }
            DigestAlgorithm.ofCloudName(one.substring(0, colon))
                    .ifPresent(
                            algorithm -> claims.add(new Claim(algorithm, algorithm.ofHex(one.substring(colon + 1)))));
        }
        if (claims.isEmpty()) {
            throw WireException.malformed("OC-Checksum names no algorithm that is known here.");
        }
        return claims;
    }

    /**
     * Reads {@code Repr-Digest} or {@code Content-Digest}; algorithms that are unknown are passed over, as RFC 9530 section 2 wants.
     *
     * @throws WireException 400 if a known one has no value of its form
     */
    public static List<Claim> field(String header) {
        List<Claim> claims = new ArrayList<>();
        members(header)
                .forEach((name, value) -> DigestAlgorithm.ofFieldName(name).ifPresent(algorithm -> {
                    if (value.length() < 2 || !value.startsWith(":") || !value.endsWith(":")) {
                        throw WireException.malformed("A digest's value stands between two colons.");
                    }
                    claims.add(new Claim(algorithm, algorithm.ofBase64(value.substring(1, value.length() - 1))));
                }));
        return claims;
    }

    /** Reads {@code Want-Repr-Digest}: the known algorithms, the most wanted first; those with 0 are not acceptable. */
    public static List<DigestAlgorithm> wanted(String header) {
        Map<DigestAlgorithm, Integer> wanted = new EnumMap<>(DigestAlgorithm.class);
        members(header).forEach((name, value) -> {
            Optional<DigestAlgorithm> algorithm = DigestAlgorithm.ofFieldName(name);
            int weight = value.length() == 1 && Character.isDigit(value.charAt(0))
                    ? value.charAt(0) - '0'
                    : value.equals("10") ? 10 : 0;
            if (algorithm.isPresent() && weight > 0) {
                wanted.put(algorithm.get(), weight);
            }
        });
        return wanted.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** A value, in hexadecimal, as a member of a digest field. */
    public static String member(DigestAlgorithm algorithm, String value) {
        return algorithm.fieldName() + "=:" + DigestAlgorithm.toBase64(value) + ":";
    }

    /** The members of a dictionary; of one that is named twice the last counts (RFC 8941 section 4.2.2). */
    private static Map<String, String> members(String header) {
        Map<String, String> members = new LinkedHashMap<>();
        for (String member : header.split(",", -1)) {
            String one = member.strip();
            int equals = one.indexOf('=');
            if (equals > 0) {
                int parameters = one.indexOf(';');
                String value = one.substring(equals + 1, parameters > equals ? parameters : one.length());
                members.put(one.substring(0, equals).strip().toLowerCase(Locale.ROOT), value.strip());
            }
        }
        return members;
    }
}
