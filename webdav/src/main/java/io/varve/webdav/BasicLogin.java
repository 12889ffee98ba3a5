package io.varve.webdav;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Principal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Basic authentication (RFC 7617). It costs one keyed hash, since passwords are compared by such hashes in memory and no slow one
 * is needed where they lie encrypted; so nothing is remembered here, and a user that is removed is out at once. Thread-safe.
 */
final class BasicLogin {
    private static final String SCHEME = "Basic ";

    private final AccessControl access;

    BasicLogin(AccessControl access) {
        this.access = access;
    }

    /**
     * Verifies a login.
     *
     * @param authorization the {@code Authorization} header
     * @return the user, or empty if the header is no Basic login or the login is wrong
     */
    Optional<Principal> verify(String authorization) {
        String login = decode(authorization);
        int colon = login.indexOf(':');
        if (colon < 0) {
            return Optional.empty();
        }
        return switch (access.authenticate(login.substring(0, colon), login.substring(colon + 1))) {
            case Authentication.Granted granted -> Optional.of(granted.principal());
            case Authentication.Denied denied -> Optional.empty();
        };
    }

    private static String decode(String authorization) {
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return "";
        }
        try {
            return text(Base64.getDecoder()
                    .decode(authorization.substring(SCHEME.length()).strip()));
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /** UTF-8 as the challenge asks for, else the Latin-1 that older clients send. */
    private static String text(byte[] login) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(login))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(login, StandardCharsets.ISO_8859_1);
        }
    }
}
