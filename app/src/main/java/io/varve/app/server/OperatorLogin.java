package io.varve.app.server;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Decision;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.LoginThrottle;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Knows who asks by an Authorization header: a user by name and password (Basic), unless the password is for the console alone; or whoever
 * can read the data directory by the token that this run of the server left there (Bearer), who is an administrator. Wrong passwords make
 * it slow. Thread-safe.
 */
final class OperatorLogin {
    private static final int TOKEN_BYTES = 24;

    private final AccessControl access;
    private final String token;

    OperatorLogin(AccessControl access) {
        this.access = access;
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        this.token = HexFormat.of().formatHex(random);
    }

    /** How a login went. */
    sealed interface Outcome {
        /** It is right. */
        record Known(Principal principal) implements Outcome {}

        /** It is wrong, or no login at all. */
        record Unknown() implements Outcome {}

        /** It was not looked at, because too many were wrong. */
        record Locked(Duration left) implements Outcome {}
    }

    String token() {
        return token;
    }

    /** Whether an Authorization header is an administrator's. */
    boolean admits(@Nullable String header, String address) {
        return header != null
                && identify(header, address) instanceof Outcome.Known known
                && access.decide(known.principal(), AccessControl.Action.ADMINISTER, "", "") == Decision.ALLOWED;
    }

    /** Whether it is the token of the data directory. */
    boolean isOperator(String header) {
        return header.startsWith("Bearer ")
                && MessageDigest.isEqual(
                        header.substring("Bearer ".length()).getBytes(StandardCharsets.UTF_8),
                        token.getBytes(StandardCharsets.UTF_8));
    }

    /** Who an Authorization header is of. */
    Outcome identify(String header, String address) {
        if (isOperator(header)) {
            return new Outcome.Known(access.root());
        }
        Optional<String> pair = basic(header);
        int colon = pair.map(text -> text.indexOf(':')).orElse(-1);
        return pair.isPresent() && colon > 0
                ? verify(pair.get().substring(0, colon), pair.get().substring(colon + 1), address)
                : new Outcome.Unknown();
    }

    private Outcome verify(String name, String password, String address) {
        LoginThrottle throttle = access.throttle();
        Duration locked = throttle.locked(LoginThrottle.Way.PASSWORD, name, address);
        if (!locked.isZero()) {
            return new Outcome.Locked(locked);
        }
        return switch (access.authenticate(name, password)) {
            case Authentication.Granted granted -> {
                throttle.succeeded(LoginThrottle.Way.PASSWORD, name, address);
                yield new Outcome.Known(granted.principal());
            }
            case Authentication.Denied ignored -> {
                throttle.failed(LoginThrottle.Way.PASSWORD, name, address, password);
                yield new Outcome.Unknown();
            }
        };
    }

    private static Optional<String> basic(String header) {
        if (!header.regionMatches(true, 0, "Basic ", 0, "Basic ".length())) {
            return Optional.empty();
        }
        try {
            byte[] pair = Base64.getDecoder()
                    .decode(header.substring("Basic ".length()).trim());
            return Optional.of(new String(pair, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
