package io.varve.webdav;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.LoginThrottle;
import io.varve.storage.access.LoginThrottle.Way;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * Bearer authentication (RFC 6750): the token is a key pair of a user's, {@code ACCESSKEY.SECRET}, as S3's clients have it. So a program
 * needs no password, and one key pair can be taken away without the others. Who reads a token can use it: it is taken over TLS only,
 * also where a proxy ends that, and from the same machine. Thread-safe.
 */
final class BearerLogin {
    private static final String SCHEME = "Bearer ";

    private final AccessControl access;

    BearerLogin(AccessControl access) {
        this.access = access;
    }

    /** Whether an {@code Authorization} header is of this form. */
    static boolean is(String authorization) {
        return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    }

    /**
     * Verifies a login.
     *
     * @return the user, or empty if there is no such key pair
     * @throws Refused 403 if it came over a connection that others can read
     * @throws TooManyFailures if it is not looked at
     */
    Optional<Principal> verify(HttpServletRequest request, String authorization) throws TooManyFailures {
        if (!isPrivate(request)) {
            throw new Refused(403, "A token is taken over TLS only.");
        }
        String token = authorization.substring(SCHEME.length()).strip();
        int dot = token.indexOf('.');
        if (dot <= 0) {
            return Optional.empty();
        }
        String id = token.substring(0, dot);
        LoginThrottle throttle = access.throttle();
        TooManyFailures.check(throttle, id, request.getRemoteAddr());
        String secret = token.substring(dot + 1);
        return switch (access.authenticateKey(id, secret)) {
            case Authentication.Granted granted -> {
                throttle.succeeded(Way.PASSWORD, id, request.getRemoteAddr());
                yield Optional.of(granted.principal());
            }
            case Authentication.Denied denied -> {
                throttle.failed(Way.PASSWORD, id, request.getRemoteAddr(), secret);
                yield Optional.empty();
            }
        };
    }

    /** Whether a request came over TLS, also where a proxy ends that. */
    static boolean isEncrypted(HttpServletRequest request) {
        return request.isSecure() || "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto"));
    }

    private static boolean isPrivate(HttpServletRequest request) {
        if (isEncrypted(request)) {
            return true;
        }
        try {
            return InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
