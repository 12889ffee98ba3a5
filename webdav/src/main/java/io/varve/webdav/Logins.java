package io.varve.webdav;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Who sends a request: by Basic, Bearer or Digest authentication. Digest is offered where a password sent by Basic could be overheard;
 * over TLS it would only cost a client one request more. Thread-safe.
 */
final class Logins {
    private static final String CHALLENGE_HEADER = "WWW-Authenticate";
    private static final String BASIC = "Basic realm=\"" + DigestLogin.REALM + "\", charset=\"UTF-8\"";

    /** For who came with a token; others would only be confused by a second way. */
    private static final String BEARER = "Bearer realm=\"" + DigestLogin.REALM + "\", error=\"invalid_token\"";

    /** The same for everybody, so that it tells nothing about a name. */
    private static final String NEEDED =
            "A user name and password of this server are needed, or a key pair's access key and secret. A password"
                    + " that is for the console alone opens nothing else: make a key pair in the console, under Account.";

    private final BasicLogin basic;
    private final BearerLogin bearer;
    private final Optional<DigestLogin> digest;

    /** @param digests whether Digest is offered and taken */
    Logins(AccessControl access, InstantSource clock, boolean digests) {
        basic = new BasicLogin(access);
        bearer = new BearerLogin(access);
        digest = digests ? Optional.of(new DigestLogin(access, clock)) : Optional.empty();
    }

    /**
     * The user of a request.
     *
     * @throws Refused 401 if it has no login or a wrong one, with the ways there are in {@code response}; 429 if too many from its
     *     address were wrong
     */
    Principal require(HttpServletRequest request, HttpServletResponse response) {
        try {
            return verified(request, response);
        } catch (TooManyFailures e) {
            response.setHeader("Retry-After", Long.toString(e.seconds()));
            throw new Refused(429, "Too many wrong passwords: try again in " + e.seconds() + " seconds.");
        }
    }

    private Principal verified(HttpServletRequest request, HttpServletResponse response) throws TooManyFailures {
        String authorization =
                Optional.ofNullable(request.getHeader("Authorization")).orElse("");
        if (BearerLogin.is(authorization)) {
            return bearer.verify(request, authorization).orElseThrow(() -> {
                response.setHeader(CHALLENGE_HEADER, BEARER);
                return refused();
            });
        }
        boolean stale = false;
        Optional<Principal> principal = Optional.empty();
        if (digest.isPresent() && DigestLogin.is(authorization)) {
            DigestLogin.Outcome outcome = digest.get().verify(request, authorization);
            stale = outcome instanceof DigestLogin.Stale;
            principal = outcome instanceof DigestLogin.Granted granted
                    ? Optional.of(granted.principal())
                    : Optional.empty();
        } else {
            principal = basic.verify(authorization, request.getRemoteAddr());
        }
        if (principal.isEmpty()) {
            challenge(request, response, stale);
            throw refused();
        }
        return principal.get();
    }

    private void challenge(HttpServletRequest request, HttpServletResponse response, boolean stale) {
        response.setHeader(CHALLENGE_HEADER, BASIC);
        if (digest.isPresent() && !BearerLogin.isEncrypted(request)) {
            digest.get().challenges(stale).forEach(challenge -> response.addHeader(CHALLENGE_HEADER, challenge));
        }
    }

    private static Refused refused() {
        return new Refused(401, NEEDED);
    }
}
