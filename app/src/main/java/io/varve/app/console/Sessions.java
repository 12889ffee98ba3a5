package io.varve.app.console;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who is signed in at the console. A session is known by a random token that only the browser has: here lies its SHA-256, so that
 * nothing read from memory signs anybody in. It ends when nobody used it for a while, at the latest after a working day, with the
 * process, and when its user's password changes. Bounded: beyond the limit the one that was used least recently ends. Thread-safe.
 */
public final class Sessions {
    /** A session that nobody uses ends. */
    public static final Duration IDLE_MAX = Duration.ofMinutes(30);

    /** Every session ends. */
    public static final Duration LIFE_MAX = Duration.ofHours(12);

    private static final int SESSIONS_MAX = 1000;
    private static final int RANDOM_BYTES = 32;

    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /** By the digest of the token, in the order of their last use. */
    private final Map<String, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * A session as it is now.
     *
     * @param user who is signed in
     * @param csrf what a change must carry beside the cookie, so that no other page can have the browser make one
     * @param begun when the user signed in
     * @param used when it was used last
     */
    public record Session(String user, String csrf, Instant begun, Instant used) {
        /** When it ends at the latest. */
        public Instant end() {
            return begun.plus(LIFE_MAX);
        }

        private boolean isOver(Instant now) {
            return !now.isBefore(end()) || !now.isBefore(used.plus(IDLE_MAX));
        }

        /** Leaves out the secret. */
        @Override
        public String toString() {
            return "Session[" + user + " since " + begun + "]";
        }
    }

    public Sessions(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * Begins a session.
     *
     * @return the token that the browser gets, and nobody else
     */
    public synchronized String begin(String user) {
        Instant now = clock.instant();
        sessions.values().removeIf(session -> session.isOver(now));
        if (sessions.size() >= SESSIONS_MAX) {
            sessions.remove(sessions.keySet().iterator().next());
        }
        String token = randomText();
        sessions.put(digest(token), new Session(user, randomText(), now, now));
        return token;
    }

    /** The session of a token, if it has not ended; this counts as a use. */
    public synchronized Optional<Session> find(String token) {
        String key = digest(token);
        Session session = sessions.get(key);
        if (session == null) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        if (session.isOver(now)) {
            sessions.remove(key);
            return Optional.empty();
        }
        Session used = new Session(session.user(), session.csrf(), session.begun(), now);
        sessions.put(key, used);
        return Optional.of(used);
    }

    /** Ends a session. */
    public synchronized void end(String token) {
        sessions.remove(digest(token));
    }

    /** Ends all sessions of a user. */
    public synchronized void endAllOf(String user) {
        sessions.values().removeIf(session -> session.user().equals(user));
    }

    /** Ends all sessions of a user but the one of a token. */
    public synchronized void endOthersOf(String user, String token) {
        String kept = digest(token);
        sessions.entrySet()
                .removeIf(each ->
                        each.getValue().user().equals(user) && !each.getKey().equals(kept));
    }

    private String randomText() {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static String digest(String token) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
