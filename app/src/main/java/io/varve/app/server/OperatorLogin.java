package io.varve.app.server;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Decision;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Lets administrators in: with their name and password (Basic), or with the token that this run of the server left in its data
 * directory (Bearer). Thread-safe.
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

    String token() {
        return token;
    }

    /** Whether an Authorization header is an administrator's. */
    boolean admits(@Nullable String header) {
        if (header == null) {
            return false;
        }
        if (header.startsWith("Bearer ")) {
            return MessageDigest.isEqual(
                    header.substring("Bearer ".length()).getBytes(StandardCharsets.UTF_8),
                    token.getBytes(StandardCharsets.UTF_8));
        }
        if (!header.regionMatches(true, 0, "Basic ", 0, "Basic ".length())) {
            return false;
        }
        String pair;
        try {
            pair = new String(
                    Base64.getDecoder()
                            .decode(header.substring("Basic ".length()).trim()),
                    StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return false;
        }
        int colon = pair.indexOf(':');
        return colon > 0
                && access.authenticate(pair.substring(0, colon), pair.substring(colon + 1))
                        instanceof Authentication.Granted granted
                && access.decide(granted.principal(), AccessControl.Action.ADMINISTER, "", "") == Decision.ALLOWED;
    }
}
