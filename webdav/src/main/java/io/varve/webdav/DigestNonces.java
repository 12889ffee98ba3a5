package io.varve.webdav;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The nonces of Digest logins (RFC 7616 section 5.4), each good for half an hour and for each count once. A nonce is the time it was given
 * out and a keyed hash of that, so giving one to everybody who asks takes no memory; only those that somebody logged in with are
 * remembered. If they become too many, the oldest and all older ones are forgotten, and refused from then on. Thread-safe.
 */
final class DigestNonces {
    static final Duration LIFE = Duration.ofMinutes(30);
    static final int REMEMBERED_MAX = 4096;

    private static final String ALGORITHM = "HmacSHA256";
    private static final int HASH_BYTES = 16;

    private final InstantSource clock;
    private final SecretKeySpec key;
    private final TreeMap<Long, Counts> used = new TreeMap<>();
    private long lastIssued;

    /** Nonces given out up to then, in microseconds since 1970, are refused. */
    private long forgotten;

    DigestNonces(InstantSource clock) {
        this.clock = clock;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, ALGORITHM);
    }

    /** A nonce that was not given out before. */
    synchronized String issue() {
        lastIssued = Math.max(lastIssued + 1, ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()));
        return text(lastIssued);
    }

    /**
     * Takes a nonce with a count.
     *
     * @return false if it is none of this server's, too old, or was used with that count, or one that is much higher, before
     */
    synchronized boolean use(String nonce, long count) {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        long oldest = Math.max(now - LIFE.toNanos() / 1000, forgotten + 1);
        used.headMap(oldest).clear();
        long issued = issued(nonce);
        if (issued < oldest) {
            return false;
        }
        boolean fresh = used.computeIfAbsent(issued, ignored -> new Counts()).take(count);
        if (used.size() > REMEMBERED_MAX) {
            forgotten = used.pollFirstEntry().getKey();
        }
        return fresh;
    }

    /** When a nonce was given out; less than nothing if it is not from here. */
    private long issued(String nonce) {
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(nonce);
            if (bytes.length != Long.BYTES + HASH_BYTES) {
                return -1;
            }
            long issued = ByteBuffer.wrap(bytes).getLong();
            return MessageDigest.isEqual(bytes, bytes(issued)) ? issued : -1;
        } catch (IllegalArgumentException e) {
            return -1;
        }
    }

    private String text(long issued) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(issued));
    }

    private byte[] bytes(long issued) {
        byte[] time = ByteBuffer.allocate(Long.BYTES).putLong(issued).array();
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            byte[] hash = Arrays.copyOf(mac.doFinal(time), HASH_BYTES);
            return ByteBuffer.allocate(Long.BYTES + HASH_BYTES)
                    .put(time)
                    .put(hash)
                    .array();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /**
     * The counts that came with a nonce: the highest, and which of the 63 below it. A client with several connections sends them a little
     * out of order.
     */
    private static final class Counts {
        private long highest;
        private long seen;

        boolean take(long count) {
            if (count > highest) {
                long step = count - highest;
                seen = (step < Long.SIZE ? seen << step : 0) | 1;
                highest = count;
                return true;
            }
            long below = highest - count;
            long bit = below < Long.SIZE ? 1L << below : 0;
            boolean fresh = count > 0 && bit != 0 && (seen & bit) == 0;
            seen |= bit;
            return fresh;
        }
    }
}
