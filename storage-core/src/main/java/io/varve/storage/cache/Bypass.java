package io.varve.storage.cache;

import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes by a device that fails again and again: nothing is asked of it for a while, then one operation tries whether it is back.
 * Thread-safe.
 */
final class Bypass {
    private static final Logger LOG = LoggerFactory.getLogger(Bypass.class);

    /** So many failures in a row are not chance. */
    static final int FAILURES_MAX = 8;

    /** How long nothing is asked of a device that fails. */
    static final long PAUSE_MILLIS = 60_000;

    private final InstantSource clock;
    private volatile int failures;
    private volatile long untilMillis;
    private volatile @Nullable String reason;

    Bypass(InstantSource clock) {
        this.clock = clock;
    }

    /** Whether the device is left alone now. */
    boolean active() {
        return untilMillis != 0 && clock.millis() < untilMillis;
    }

    /** Why the cache is passed by, or was not long ago and has not shown since that it works. */
    Optional<String> reason() {
        return Optional.ofNullable(reason);
    }

    /** An operation failed. */
    synchronized void failed(String what, Exception failure) {
        int inARow = failures + 1;
        failures = inARow;
        if (inARow >= FAILURES_MAX) {
            boolean news = reason == null;
            reason = what + ": " + failure.getMessage();
            untilMillis = clock.millis() + PAUSE_MILLIS;
            if (news) {
                LOG.warn("The disk cache is passed by, because its device fails; everything else works. {}", reason);
            }
        }
    }

    /** An operation worked. */
    void worked() {
        if (failures > 0) {
            recover();
        }
    }

    private synchronized void recover() {
        failures = 0;
        untilMillis = 0;
        if (reason != null) {
            LOG.info("The disk cache works again.");
            reason = null;
        }
    }
}
