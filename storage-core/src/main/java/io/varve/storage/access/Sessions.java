package io.varve.storage.access;

import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.io.CorruptionException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Temporary credentials. Nothing of them is kept: all there is to know, the secret included, is in the token, sealed with the master key,
 * and comes back with every request. So they hold over restarts and cannot be taken back one by one; who removes the user, or the
 * master key, ends them. Thread-safe.
 */
public final class Sessions {
    /** The longest policy of a session, in characters (API reference of STS, AssumeRole). */
    public static final int POLICY_LENGTH_MAX = 2048;

    private static final byte[] CONTEXT = "session token".getBytes(StandardCharsets.UTF_8);
    private static final int FIELDS = 5;

    /** More than that are opened anew. */
    private static final int OPENED_MAX = 1024;

    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

    private final MasterKey masterKey;
    private final Function<String, Optional<Principal>> users;
    private final ConcurrentHashMap<String, Sealed> opened = new ConcurrentHashMap<>();

    /** What a token says. */
    private record Sealed(
            String accessKeyId, String secret, String user, Instant expires, Optional<BucketPolicy> limits) {}

    /**
     * Temporary credentials.
     *
     * @param principal who they stand for, with the role of now
     * @param expires when they end; it is for the door to say that they have
     * @param limits what they may at most; empty for all that the user may
     */
    public record Session(
            String accessKeyId,
            String secret,
            String token,
            Principal principal,
            Instant expires,
            Optional<BucketPolicy> limits) {
        /** Leaves out what would let somebody use them. */
        @Override
        public String toString() {
            return "Session[" + accessKeyId + " of " + principal.name() + " until " + expires + "]";
        }
    }

    Sessions(MasterKey masterKey, Function<String, Optional<Principal>> users) {
        this.masterKey = masterKey;
        this.users = users;
    }

    /**
     * Makes credentials for somebody.
     *
     * @param policy a policy without principals that says what they may at most; empty for no such limit
     * @throws IllegalArgumentException if that is none, with a sentence that says why
     */
    public Session issue(Principal principal, Instant expires, String policy) {
        if (policy.length() > POLICY_LENGTH_MAX) {
            throw new IllegalArgumentException("The policy has more than " + POLICY_LENGTH_MAX + " characters.");
        }
        Optional<BucketPolicy> limits = limits(policy);
        String id = AccountChanges.randomKeyId();
        String secret = AccountChanges.randomSecret();
        String text = String.join("\n", id, secret, principal.name(), Long.toString(expires.getEpochSecond()), policy);
        String token = TEXT.encodeToString(masterKey.seal(text.getBytes(StandardCharsets.UTF_8), CONTEXT));
        return new Session(id, secret, token, principal, expires, limits);
    }

    /** What a token stands for; empty if it was not made here, or its user is gone. */
    public Optional<Session> open(String token) {
        Sealed found = opened.get(token);
        if (found == null) {
            Optional<Sealed> unsealed = unseal(token);
            if (unsealed.isEmpty()) {
                return Optional.empty();
            }
            found = unsealed.get();
            if (opened.size() >= OPENED_MAX) {
                opened.clear();
            }
            opened.put(token, found);
        }
        Sealed sealed = found;
        return users.apply(sealed.user())
                .map(principal -> new Session(
                        sealed.accessKeyId(), sealed.secret(), token, principal, sealed.expires(), sealed.limits()));
    }

    private Optional<Sealed> unseal(String token) {
        try {
            byte[] bytes = masterKey.unseal(Base64.getUrlDecoder().decode(token), CONTEXT);
            String[] fields = new String(bytes, StandardCharsets.UTF_8).split("\n", FIELDS);
            Instant expires = Instant.ofEpochSecond(Long.parseLong(fields[3]));
            return Optional.of(new Sealed(fields[0], fields[1], fields[2], expires, limits(fields[4])));
        } catch (CorruptionException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<BucketPolicy> limits(String policy) {
        return policy.isEmpty() ? Optional.empty() : Optional.of(BucketPolicy.parseOfSession(policy));
    }
}
