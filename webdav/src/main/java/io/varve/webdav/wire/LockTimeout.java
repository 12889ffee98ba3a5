package io.varve.webdav.wire;

import java.util.Optional;

/** The {@code Timeout} header of LOCK (RFC 4918 section 10.7). */
public final class LockTimeout {

    private LockTimeout() {}

    /**
     * The timeout to grant: the first of the client's wishes that is understood, cut to the longest allowed.
     *
     * @param header the header's value: wishes {@code Second-N} or {@code Infinite}, separated by commas
     * @param absentSeconds what to grant when the header is missing or not understood
     * @param maxSeconds the longest to grant
     * @return seconds, 1 to {@code maxSeconds}
     */
    public static long grant(Optional<String> header, long absentSeconds, long maxSeconds) {
        if (header.isPresent()) {
            for (String wish : header.get().split(",", -1)) {
                String one = wish.strip();
                if (one.equalsIgnoreCase("Infinite")) {
                    return maxSeconds;
                }
                if (one.regionMatches(true, 0, "Second-", 0, 7)) {
                    String digits = one.substring(7);
                    if (!digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                        return Math.clamp(seconds(digits, maxSeconds), 1, maxSeconds);
                    }
                }
            }
        }
        return Math.min(absentSeconds, maxSeconds);
    }

    private static long seconds(String digits, long maxSeconds) {
        return digits.length() > 18 ? maxSeconds : Long.parseLong(digits);
    }
}
