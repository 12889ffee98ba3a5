package io.varve.storage.access;

import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.Argon2id.Cost;
import io.varve.storage.access.LoginThrottle.Way;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signing in to the console, which is open to passwords of every door and to those of the console alone. The former are compared in
 * microseconds, the latter by a slow hash ({@link SlowHashing}) after the {@link LoginThrottle} let the attempt through.
 *
 * <p>How long an answer takes shall not tell who exists, nor whose password is of which kind. So as soon as there is one user with a
 * hash, every wrong sign-in costs a hash, whosever name was given and even if nobody has it. Such a failure counts always, also if the
 * same password failed before, since it costs something. A server without such users computes none. Thread-safe.
 */
public final class ConsoleSignIn {
    private static final Logger LOG = LoggerFactory.getLogger(ConsoleSignIn.class);

    private final Supplier<Accounts> accounts;
    private final LoginThrottle throttle;
    private final SlowHashing hashing = new SlowHashing();
    private final Cost cost;
    private final Renewal renewal;
    private final PasswordHash ofNobody;

    /** How an attempt went. */
    public sealed interface Outcome {
        /** Name and password belong together. */
        record Granted(Principal principal) implements Outcome {}

        /** There is no such user, or the password is another. */
        record Denied() implements Outcome {}

        /** It was not looked at, because too many were wrong; to be tried again when the time is over. */
        record Locked(Duration left) implements Outcome {}
    }

    /** Puts a dearer hash of the same password in the place of the one of before. */
    @FunctionalInterface
    interface Renewal {
        /** Does nothing if the user has another hash by now. */
        void renew(String name, PasswordHash before, PasswordHash after) throws IOException;
    }

    /**
     * @param accounts the users of now
     * @param cost of new hashes; older ones that cost less are made anew when their users sign in
     */
    ConsoleSignIn(Supplier<Accounts> accounts, LoginThrottle throttle, Cost cost, Renewal renewal) {
        this.accounts = accounts;
        this.throttle = throttle;
        this.cost = cost;
        this.renewal = renewal;
        this.ofNobody = PasswordHash.ofNobody(cost);
    }

    /**
     * Checks a name and a password that came from an address, and remembers how that went.
     *
     * @throws PasswordsBusyException if it was not looked at, because too many others are
     * @throws java.io.InterruptedIOException if the thread is interrupted while it waits for its turn
     */
    public Outcome attempt(String name, String password, String address) throws IOException {
        Duration locked = throttle.locked(Way.PASSWORD, name, address);
        if (!locked.isZero()) {
            return new Outcome.Locked(locked);
        }
        Accounts known = accounts.get();
        if (known.authenticate(name, password) instanceof Authentication.Granted granted) {
            throttle.succeeded(Way.PASSWORD, name, address);
            return new Outcome.Granted(granted.principal());
        }
        if (!known.hasHashes()) {
            throttle.failed(Way.PASSWORD, name, address, password);
            return new Outcome.Denied();
        }
        return hashing.compute(() -> compare(name, password, address));
    }

    /** Computes the hash of a new password. */
    PasswordHash hash(String password) throws IOException {
        return hashing.compute(() -> PasswordHash.of(password, cost));
    }

    /** Whether a hash is a password's. */
    boolean isOf(String password, PasswordHash hash) throws IOException {
        return hashing.compute(() -> hash.matches(password));
    }

    /** Runs when it is its turn: of those who waited before it some may have failed. */
    private Outcome compare(String name, String password, String address) {
        Duration locked = throttle.locked(Way.PASSWORD, name, address);
        if (!locked.isZero()) {
            return new Outcome.Locked(locked);
        }
        Optional<PasswordHash> hash = accounts.get().hash(name);
        boolean equal = hash.orElse(ofNobody).matches(password);
        Accounts now = accounts.get();
        Optional<Principal> principal = now.principal(name);
        boolean still =
                hash.isPresent() && now.hash(name).filter(hash.get()::isSameAs).isPresent();
        if (!equal || !still || principal.isEmpty()) {
            throttle.failed(Way.PASSWORD, name, address);
            return new Outcome.Denied();
        }
        throttle.succeeded(Way.PASSWORD, name, address);
        if (hash.get().cost().isBelow(cost)) {
            renew(name, password, hash.get());
        }
        return new Outcome.Granted(principal.get());
    }

    /** A store that takes no changes just now keeps nobody out. */
    private void renew(String name, String password, PasswordHash before) {
        try {
            renewal.renew(name, before, PasswordHash.of(password, cost));
        } catch (IOException e) {
            LOG.warn("The hash of the password of '{}' could not be made anew; the next sign-in tries again", name, e);
        }
    }
}
