package io.varve.storage.access;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Makes guessing passwords slow, at all doors together. After a few failures in a row a name is locked for the address that failed, each time
 * twice as long, and an address that failed with many names, unless it is this machine's own, is locked for all but those who logged in from there lately. So nobody
 * locks another out from elsewhere, and a stranger behind the same proxy locks out nobody who is at work. The same wrong password again is no
 * further guess, and does not count: a forgotten client locks nobody out. A success forgets the name's failures.
 *
 * <p>As long as nobody fails, asking costs a look at a field. Bounded: what failed longest ago is forgotten first. Thread-safe.
 */
public final class LoginThrottle {
    /** Failures of an address with any names that cost nothing. */
    public static final int FREE_OF_ADDRESS = 50;

    /** The first lock; each further failure doubles it. */
    public static final Duration FIRST_LOCK = Duration.ofSeconds(2);

    /** No lock is longer. */
    public static final Duration LONGEST_LOCK = Duration.ofMinutes(15);

    /** Who logged in from an address is spared its lock for so long. */
    public static final Duration KNOWN_FOR = Duration.ofHours(12);

    private static final int REMEMBERED_MAX = 10_000;
    private static final Duration NOTED_EVERY = Duration.ofMinutes(1);
    private static final long NO_GUESS = 0;

    private final InstantSource clock;
    private final PasswordDigest digests = new PasswordDigest();
    private final LongAdder failed = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final ConcurrentHashMap<String, Instant> known = new ConcurrentHashMap<>();
    private final Map<String, Failures> failures = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    /** Whether there are any failures: what most requests look at. */
    private volatile boolean anyFailures;

    /** How somebody proves who they are. */
    public enum Way {
        /** A password, as it is or in a digest. */
        PASSWORD(5),
        /** A signature. It fails for other reasons, too, such as a proxy that changes what was signed. */
        SIGNATURE(20);

        private final int free;

        Way(int free) {
            this.free = free;
        }

        /** Failures of a name from an address that cost nothing but the time. */
        public int free() {
            return free;
        }
    }

    /** Failures in a row, the last one at a moment with a guess that is known again. */
    private record Failures(int count, Instant last, long guess) {}

    /** @param clock for the length of locks */
    public LoginThrottle(InstantSource clock) {
        this.clock = clock;
    }

    /** How long to wait before another attempt is looked at; zero for not at all. */
    public Duration locked(Way way, String name, String address) {
        if (!anyFailures) {
            return Duration.ZERO;
        }
        Duration left;
        synchronized (this) {
            Duration byName = locked(ofName(way, name, address), way.free());
            Duration byAddress = isKnown(name, address) ? Duration.ZERO : locked(ofAddress(address), FREE_OF_ADDRESS);
            left = byName.compareTo(byAddress) > 0 ? byName : byAddress;
        }
        if (!left.isZero()) {
            refused.increment();
        }
        return left;
    }

    /** Notes an attempt that failed, of which nobody can tell whether it was the same as the one before. */
    public synchronized void failed(Way way, String name, String address) {
        failed(way, name, address, NO_GUESS);
    }

    /** Notes a password that was wrong. */
    public synchronized void failed(Way way, String name, String address, String password) {
        failed(way, name, address, ByteBuffer.wrap(digests.of(password)).getLong());
    }

    private void failed(Way way, String name, String address, long guess) {
        failed.increment();
        Failures before = failures.get(ofName(way, name, address));
        if (guess != NO_GUESS && before != null && before.guess() == guess) {
            return;
        }
        count(ofName(way, name, address), guess);
        if (!isOfThisMachine(address)) {
            count(ofAddress(address), NO_GUESS);
        }
        anyFailures = true;
    }

    /** Notes an attempt that succeeded. */
    public void succeeded(Way way, String name, String address) {
        String key = ofName(way, name, address);
        Instant now = clock.instant();
        Instant noted = known.get(key);
        if (noted == null || now.isAfter(noted.plus(NOTED_EVERY))) {
            if (known.size() >= REMEMBERED_MAX) {
                known.clear();
            }
            known.put(key, now);
        }
        if (anyFailures) {
            synchronized (this) {
                failures.remove(key);
                anyFailures = !failures.isEmpty();
            }
        }
    }

    /** How many attempts failed since the start. */
    public double failedCount() {
        return failed.doubleValue();
    }

    /** How many were not looked at since the start, since too many had failed. */
    public double refusedCount() {
        return refused.doubleValue();
    }

    private boolean isKnown(String name, String address) {
        Instant now = clock.instant();
        for (Way way : Way.values()) {
            Instant last = known.get(ofName(way, name, address));
            if (last != null && now.isBefore(last.plus(KNOWN_FOR))) {
                return true;
            }
        }
        return false;
    }

    private void count(String key, long guess) {
        Failures before = failures.get(key);
        Instant now = clock.instant();
        // What is old says nothing about an attack under way.
        int counted =
                before != null && now.isBefore(before.last().plus(LONGEST_LOCK.multipliedBy(2))) ? before.count() : 0;
        failures.put(key, new Failures(counted + 1, now, guess));
    }

    private Duration locked(String key, int free) {
        Failures counted = failures.get(key);
        if (counted == null || counted.count() < free) {
            return Duration.ZERO;
        }
        int doublings = Math.min(counted.count() - free, 20);
        Duration lock = FIRST_LOCK.multipliedBy(1L << doublings);
        Instant end = counted.last().plus(lock.compareTo(LONGEST_LOCK) > 0 ? LONGEST_LOCK : lock);
        Duration left = Duration.between(clock.instant(), end);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private static String ofName(Way way, String name, String address) {
        return address + (way == Way.PASSWORD ? "\0p" : "\0s") + name;
    }

    /** Behind it may be a proxy with everybody in the world. */
    private static boolean isOfThisMachine(String address) {
        return address.startsWith("127.") || address.equals("0:0:0:0:0:0:0:1") || address.equals("::1");
    }

    private static String ofAddress(String address) {
        return address;
    }
}
