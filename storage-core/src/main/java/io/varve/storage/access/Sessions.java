package io.varve.storage.access;

import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.io.CorruptionException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Temporary credentials. Nothing of them is kept: all there is to know, the secret included, is in the token, sealed with the master key,
 * and comes back with every request. So they hold over restarts and cannot be taken back one by one; who removes the user, or the
 * master key, ends them, also if another user gets the name. Thread-safe.
 */
public final class Sessions {
    /** The longest policy of a session, in characters (API reference of STS, AssumeRole). */
    public static final int POLICY_LENGTH_MAX = 2048;

    private static final byte[] CONTEXT = "session token 2".getBytes(StandardCharsets.UTF_8);
    private static final int FIELDS = 6;

    /** More than that are opened anew. */
    private static final int OPENED_MAX = 1024;

    private static final Base64.Encoder TEXT = Base64.getUrlEncoder().withoutPadding();

    private final MasterKey masterKey;
    private final Supplier<Accounts> accounts;
    private final ConcurrentHashMap<String, Sealed> opened = new ConcurrentHashMap<>();

    /** What a token says. */
    private record Sealed(
            String accessKeyId,
            String secret,
            String user,
            long creation,
            Instant expires,
            Optional<BucketPolicy> limits) {}

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

    /** @param accounts the users of now */
    Sessions(MasterKey masterKey, Supplier<Accounts> accounts) {
        this.masterKey = masterKey;
        this.accounts = accounts;
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
        String creation = Long.toString(accounts.get().creation(principal.name()));
        String expiry = Long.toString(expires.getEpochSecond());
        String text = String.join("\n", id, secret, principal.name(), creation, expiry, policy);
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
        Accounts now = accounts.get();
        return now.principal(sealed.user())
                .filter(principal -> now.creation(principal.name()) == sealed.creation())
                .map(principal -> new Session(
                        sealed.accessKeyId(), sealed.secret(), token, principal, sealed.expires(), sealed.limits()));
    }

    private Optional<Sealed> unseal(String token) {
        try {
            byte[] bytes = masterKey.unseal(Base64.getUrlDecoder().decode(token), CONTEXT);
            String[] fields = new String(bytes, StandardCharsets.UTF_8).split("\n", FIELDS);
            long creation = Long.parseLong(fields[3]);
            Instant expires = Instant.ofEpochSecond(Long.parseLong(fields[4]));
            return Optional.of(new Sealed(fields[0], fields[1], fields[2], creation, expires, limits(fields[5])));
        } catch (CorruptionException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Optional<BucketPolicy> limits(String policy) {
        return policy.isEmpty() ? Optional.empty() : Optional.of(BucketPolicy.parseOfSession(policy));
    }
}
