package io.varve.app.console;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Makes guessing passwords slow. After a few failures in a row a name is locked for the address that failed, each time twice as long, and
 * an address that failed with many names is locked for all. So nobody locks another out from elsewhere. A success forgets the
 * name's failures. Bounded: what failed longest ago is forgotten first. Thread-safe.
 */
public final class LoginThrottle {
    /** Failures of a name from an address that cost nothing but the time. */
    static final int FREE_OF_NAME = 5;

    /** Failures of an address with any names that cost nothing. */
    static final int FREE_OF_ADDRESS = 50;

    static final Duration FIRST_LOCK = Duration.ofSeconds(2);
    static final Duration LONGEST_LOCK = Duration.ofMinutes(15);
    private static final int REMEMBERED_MAX = 10_000;

    private final InstantSource clock;
    private final Map<String, Failures> failures = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failures> eldest) {
            return size() > REMEMBERED_MAX;
        }
    };

    /** Failures in a row, the last one at a moment. */
    private record Failures(int count, Instant last) {}

    public LoginThrottle(InstantSource clock) {
        this.clock = clock;
    }

    /** How long to wait before another attempt is looked at; zero for not at all. */
    public synchronized Duration locked(String name, String address) {
        Duration byName = locked(ofName(name, address), FREE_OF_NAME);
        Duration byAddress = locked(ofAddress(address), FREE_OF_ADDRESS);
        return byName.compareTo(byAddress) > 0 ? byName : byAddress;
    }

    /** Notes an attempt that failed. */
    public synchronized void failed(String name, String address) {
        count(ofName(name, address));
        count(ofAddress(address));
    }

    /** Notes an attempt that succeeded. */
    public synchronized void succeeded(String name, String address) {
        failures.remove(ofName(name, address));
    }

    private void count(String key) {
        Failures before = failures.get(key);
        Instant now = clock.instant();
        // What is old says nothing about an attack under way.
        int counted =
                before != null && now.isBefore(before.last().plus(LONGEST_LOCK.multipliedBy(2))) ? before.count() : 0;
        failures.put(key, new Failures(counted + 1, now));
    }

    private Duration locked(String key, int free) {
        Failures known = failures.get(key);
        if (known == null || known.count() < free) {
            return Duration.ZERO;
        }
        int doublings = Math.min(known.count() - free, 20);
        Duration lock = FIRST_LOCK.multipliedBy(1L << doublings);
        Instant end = known.last().plus(lock.compareTo(LONGEST_LOCK) > 0 ? LONGEST_LOCK : lock);
        Duration left = Duration.between(clock.instant(), end);
        return left.isNegative() ? Duration.ZERO : left;
    }

    private static String ofName(String name, String address) {
        return address + "\0" + name;
    }

    private static String ofAddress(String address) {
        return address;
    }
}
