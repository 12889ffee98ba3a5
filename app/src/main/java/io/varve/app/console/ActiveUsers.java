package io.varve.app.console;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who sent requests lately. It knows a bounded number of users: beyond that, the one that was quiet for longest is forgotten. Thread-safe.
 */
public final class ActiveUsers {
    /** Who sent a request within this time is active. */
    public static final Duration WINDOW = Duration.ofMinutes(5);

    static final int KNOWN_MAX = 10_000;

    private final InstantSource clock;
    private final Map<String, User> users = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, User> eldest) {
            return size() > KNOWN_MAX;
        }
    };

    /**
     * A user who was seen.
     *
     * @param name who
     * @param door through which door last: {@code dav}, {@code s3} or {@code rest}
     * @param address where from last
     * @param seen when last
     * @param requests how many requests since they were quiet for longer than {@link #WINDOW}
     */
    public record User(String name, String door, String address, Instant seen, long requests) {}

    public ActiveUsers(InstantSource clock) {
        this.clock = clock;
    }

    /** Notes a request. */
    public synchronized void saw(String name, String door, String address) {
        Instant now = clock.instant();
        User before = users.get(name);
        long requests = before == null || isOver(before, now) ? 0 : before.requests();
        users.put(name, new User(name, door, address, now, requests + 1));
    }

    /** How many are active. */
    public synchronized long count() {
        Instant now = clock.instant();
        return users.values().stream().filter(user -> !isOver(user, now)).count();
    }

    /**
     * Who is active, the last one seen first.
     *
     * @param limit the most to tell
     */
    public synchronized List<User> active(int limit) {
        Instant now = clock.instant();
        return users.values().stream()
                .filter(user -> !isOver(user, now))
                .sorted(Comparator.comparing(User::seen).reversed().thenComparing(User::name))
                .limit(limit)
                .toList();
    }

    private static boolean isOver(User user, Instant now) {
        return now.isAfter(user.seen().plus(WINDOW));
    }
}
