package io.varve.webdav;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.LoginThrottle;
import io.varve.storage.access.LoginThrottle.Way;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Basic authentication (RFC 7617): a user's name and password, or the id and the secret of a key pair, which most clients can send only
 * so. It costs one keyed hash, since passwords are compared by such hashes in memory and no slow one
 * is needed where they lie encrypted; so no login is remembered here, and a user that is removed is out at once. Thread-safe.
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
     * @param address where it came from
     * @return the user, or empty if the header is no Basic login or the login is wrong
     * @throws TooManyFailures if it is not looked at
     */
    Optional<Principal> verify(String authorization, String address) throws TooManyFailures {
        String login = decode(authorization);
        int colon = login.indexOf(':');
        if (colon < 0) {
            return Optional.empty();
        }
        String name = login.substring(0, colon);
        String password = login.substring(colon + 1);
        LoginThrottle throttle = access.throttle();
        TooManyFailures.check(throttle, name, address);
        return switch (authenticate(name, password)) {
            case Authentication.Granted granted -> {
                throttle.succeeded(Way.PASSWORD, name, address);
                yield Optional.of(granted.principal());
            }
            case Authentication.Denied denied -> {
                throttle.failed(Way.PASSWORD, name, address, password);
                yield Optional.empty();
            }
        };
    }

    private Authentication authenticate(String name, String password) {
        Authentication asUser = access.authenticate(name, password);
        return asUser instanceof Authentication.Granted ? asUser : access.authenticateKey(name, password);
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
