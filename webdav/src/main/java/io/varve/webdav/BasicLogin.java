package io.varve.webdav;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Principal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Basic authentication (RFC 7617) that costs a password hash only once in a while. Thread-safe.
 *
 * <p>A verified login is remembered for a short time as an HMAC of its name and password under a key that
 * lives as long as this object; neither is kept. Only successes are remembered. A login that is being
 * verified makes further requests with the same one wait for the outcome, so that a client that opens
 * hundreds of connections at once is verified once.
 */
final class BasicLogin {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int REMEMBERED_MAX = 1024;
    private static final int STRIPES = 64;

    private record Verified(Principal principal, Instant until) {}

    private final AccessControl access;
    private final InstantSource clock;
    private final Duration memory;
    private final SecretKeySpec key;
    private final Object[] stripes = new Object[STRIPES];
    private final LinkedHashMap<ByteBuffer, Verified> remembered = new LinkedHashMap<>();

    BasicLogin(AccessControl access, InstantSource clock, Duration memory) {
        this.access = access;
        this.clock = clock;
        this.memory = memory;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        key = new SecretKeySpec(random, ALGORITHM);
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Object();
        }
    }

    /**
     * Verifies a login.
     *
     * @param authorization the {@code Authorization} header
     * @return the user, or empty if the header is no Basic login or the login is wrong
     */
    Optional<Principal> verify(String authorization) {
        Optional<byte[]> decoded = decode(authorization);
        if (decoded.isEmpty()) {
            return Optional.empty();
        }
        ByteBuffer digest = digest(decoded.get());
        Optional<Principal> known = recall(digest);
        if (known.isPresent()) {
            return known;
        }
        synchronized (stripes[Math.floorMod(digest.get(0), STRIPES)]) {
            known = recall(digest);
            return known.isPresent() ? known : authenticate(decoded.get(), digest);
        }
    }

    private Optional<Principal> authenticate(byte[] login, ByteBuffer digest) {
        String text = text(login);
        int colon = text.indexOf(':');
        if (colon < 0) {
            return Optional.empty();
        }
        return switch (access.authenticate(text.substring(0, colon), text.substring(colon + 1))) {
            case Authentication.Granted granted -> {
                remember(digest, granted.principal());
                yield Optional.of(granted.principal());
            }
            case Authentication.Denied denied -> Optional.empty();
        };
    }

    private Optional<Principal> recall(ByteBuffer digest) {
        synchronized (remembered) {
            Verified verified = remembered.get(digest);
            if (verified == null) {
                return Optional.empty();
            }
            if (clock.instant().isBefore(verified.until())) {
                return Optional.of(verified.principal());
            }
            remembered.remove(digest);
            return Optional.empty();
        }
    }

    private void remember(ByteBuffer digest, Principal principal) {
        synchronized (remembered) {
            remembered.remove(digest);
            remembered.put(digest, new Verified(principal, clock.instant().plus(memory)));
            if (remembered.size() > REMEMBERED_MAX) {
                remembered.pollFirstEntry();
            }
        }
    }

    private ByteBuffer digest(byte[] login) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return ByteBuffer.wrap(mac.doFinal(login));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    private static Optional<byte[]> decode(String authorization) {
        if (!authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    Base64.getDecoder().decode(authorization.substring(6).strip()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
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
