package io.varve.storage.access;

import java.math.BigInteger;
import java.util.Optional;

/**
 * A range of IP addresses in CIDR form, {@code 192.0.2.0/24} or {@code 2001:db8::/32}; a lone address is a range of one. Names are
 * never looked up.
 *
 * @param network the first address as a number
 * @param bits the length of an address of its kind: 32 or 128
 * @param prefix how many of its first bits all addresses share
 */
public record AddressRange(BigInteger network, int bits, int prefix) {
    private static final int V4 = 32;
    private static final int V6 = 128;

    /** Reads one; empty if the text is none. */
    public static Optional<AddressRange> parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        int bits = address.indexOf(':') >= 0 ? V6 : V4;
        Optional<BigInteger> network = address(address, bits);
        if (network.isEmpty()) {
            return Optional.empty();
        }
        int prefix = bits;
        if (slash >= 0) {
            String digits = text.substring(slash + 1);
            if (digits.isEmpty() || digits.length() > 3 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Optional.empty();
            }
            prefix = Integer.parseInt(digits);
        }
        return prefix > bits ? Optional.empty() : Optional.of(new AddressRange(network.get(), bits, prefix));
    }

    /** Whether an address lies in it; a text that is no address does not. */
    public boolean contains(String address) {
        int kind = address.indexOf(':') >= 0 ? V6 : V4;
        return kind == bits
                && address(address, bits)
                        .filter(number ->
                                number.xor(network).shiftRight(bits - prefix).signum() == 0)
                        .isPresent();
    }

    private static Optional<BigInteger> address(String text, int bits) {
        return bits == V4 ? v4(text) : v6(text);
    }

    private static Optional<BigInteger> v4(String text) {
        String[] parts = text.split("\\.", -1);
        BigInteger number = BigInteger.ZERO;
        for (String part : parts) {
            Optional<Integer> octet = field(part, 10, 3, 255);
            if (octet.isEmpty()) {
                return Optional.empty();
            }
            number = number.shiftLeft(8).add(BigInteger.valueOf(octet.get()));
        }
        return parts.length == 4 ? Optional.of(number) : Optional.empty();
    }

    /** RFC 4291, section 2.2, forms 1 and 2. */
    private static Optional<BigInteger> v6(String text) {
        int gap = text.indexOf("::");
        String head = gap < 0 ? text : text.substring(0, gap);
        String tail = gap < 0 ? "" : text.substring(gap + 2);
        String[] first = head.isEmpty() ? new String[0] : head.split(":", -1);
        String[] last = tail.isEmpty() ? new String[0] : tail.split(":", -1);
        int given = first.length + last.length;
        if (gap < 0 ? given != 8 : given > 7) {
            return Optional.empty();
        }
        BigInteger number = BigInteger.ZERO;
        for (int i = 0; i < 8; i++) {
            String part = i < first.length ? first[i] : i >= 8 - last.length ? last[i - 8 + last.length] : "0";
            Optional<Integer> field = field(part, 16, 4, 0xffff);
            if (field.isEmpty()) {
                return Optional.empty();
            }
            number = number.shiftLeft(16).add(BigInteger.valueOf(field.get()));
        }
        return Optional.of(number);
    }

    private static Optional<Integer> field(String text, int radix, int digitsMax, int max) {
        if (text.isEmpty()
                || text.length() > digitsMax
                || !text.chars().allMatch(c -> Character.digit(c, radix) >= 0)) {
            return Optional.empty();
        }
        int value = Integer.parseInt(text, radix);
        return value > max ? Optional.empty() : Optional.of(value);
    }
}
