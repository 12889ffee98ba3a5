package io.varve.webdav;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Credential;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.LoginThrottle;
import io.varve.storage.access.LoginThrottle.Way;
import io.varve.webdav.wire.AuthParameters;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Digest authentication (RFC 7616) with SHA-256 or MD5 and {@code qop=auth}: the password does not cross the wire, and a request that was
 * overheard cannot be sent once more. It needs the password itself, which the store keeps encrypted for S3's signatures; or the secret of
 * a key pair, whose id is the name then. Thread-safe.
 */
final class DigestLogin {
    static final String REALM = "Varve";
    private static final String SCHEME = "Digest ";
    private static final int COUNT_DIGITS = 8;

    /** Their names in the header, and Java's, the better first. */
    private static final List<Map.Entry<String, String>> ALGORITHMS =
            List.of(Map.entry("SHA-256", "SHA-256"), Map.entry("MD5", "MD5"));

    private final AccessControl access;
    private final DigestNonces nonces;

    /** Stands in for the password of nobody, so that an answer takes as long for a name that does not exist. */
    private final String noPassword;

    /** What a login came to. */
    sealed interface Outcome {}

    /** It is that user. */
    record Granted(Principal principal) implements Outcome {}

    /** The password is right, and the nonce too old or used before: to be tried again with another one. */
    record Stale() implements Outcome {}

    /** It is not a login, or a wrong one. */
    record Denied() implements Outcome {}

    DigestLogin(AccessControl access, InstantSource clock) {
        this.access = access;
        this.nonces = new DigestNonces(clock);
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        this.noPassword = HexFormat.of().formatHex(random);
    }

    /** Whether an {@code Authorization} header is of this form. */
    static boolean is(String authorization) {
        return authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    }

    /** The challenges to send, each a header of its own. */
    List<String> challenges(boolean stale) {
        return ALGORITHMS.stream()
                .map(algorithm -> "Digest realm=\"" + REALM + "\", qop=\"auth\", algorithm=" + algorithm.getKey()
                        + ", nonce=\"" + nonces.issue() + "\", charset=UTF-8" + (stale ? ", stale=true" : ""))
                .toList();
    }

    /**
     * Verifies a login.
     *
     * @throws Refused 400 if it is made for another address than the request's
     * @throws TooManyFailures if it is not looked at
     */
    Outcome verify(HttpServletRequest request, String authorization) throws TooManyFailures {
        Optional<Map<String, String>> parsed = AuthParameters.parse(authorization.substring(SCHEME.length()));
        if (parsed.isEmpty()) {
            return new Denied();
        }
        Map<String, String> given = parsed.get();
        String algorithm = given.getOrDefault("algorithm", "MD5");
        Optional<String> hash = ALGORITHMS.stream()
                .filter(known -> known.getKey().equalsIgnoreCase(algorithm))
                .map(Map.Entry::getValue)
                .findFirst();
        boolean whole =
                List.of("nonce", "uri", "response", "cnonce", "nc").stream().allMatch(given::containsKey);
        if (hash.isEmpty() || !whole || !given.getOrDefault("qop", "").equals("auth")) {
            return new Denied();
        }
        requireSameAddress(request, given.getOrDefault("uri", ""));
        return verify(request.getMethod(), given, hash.get(), request.getRemoteAddr());
    }

    private Outcome verify(String method, Map<String, String> given, String hash, String address)
            throws TooManyFailures {
        String raw = given.getOrDefault("username", "");
        Charset charset = charset(raw);
        String name = given.containsKey("username*")
                ? extended(given.getOrDefault("username*", ""))
                : new String(raw.getBytes(StandardCharsets.ISO_8859_1), charset);
        LoginThrottle throttle = access.throttle();
        TooManyFailures.check(throttle, name, address);
        Optional<Credential> credential = access.credential(name);
        String password = credential.map(Credential::secret).orElse(noPassword);
        byte[] expected = response(hash, charset, method, given, name, password).getBytes(StandardCharsets.US_ASCII);
        byte[] response =
                given.getOrDefault("response", "").toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
        boolean right = MessageDigest.isEqual(expected, response);
        if (!right || credential.isEmpty() || !given.getOrDefault("realm", "").equals(REALM)) {
            throttle.failed(Way.PASSWORD, name, address);
            return new Denied();
        }
        throttle.succeeded(Way.PASSWORD, name, address);
        return nonces.use(given.getOrDefault("nonce", ""), count(given.getOrDefault("nc", "")))
                ? new Granted(credential.get().principal())
                : new Stale();
    }

    /**
     * What the client must have computed (RFC 7616 section 3.4.1).
     *
     * @param hash the algorithm by Java's name
     * @param charset of the name and password
     */
    static String response(
            String hash, Charset charset, String method, Map<String, String> given, String name, String password) {
        String first = hex(hash, (name + ":" + given.get("realm") + ":" + password).getBytes(charset));
        String second = hex(hash, latin(method + ":" + given.get("uri")));
        return hex(
                hash,
                latin(String.join(
                        ":",
                        first,
                        given.get("nonce"),
                        given.get("nc"),
                        given.get("cnonce"),
                        given.get("qop"),
                        second)));
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String hex(String hash, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(hash).digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + hash, e);
        }
    }

    /** A login is for one address; behind a proxy the host may be another. */
    private static void requireSameAddress(HttpServletRequest request, String uri) {
        String query = request.getQueryString();
        String own = request.getRequestURI() + (query == null ? "" : "?" + query);
        int scheme = uri.indexOf("://");
        int path = scheme < 0 ? 0 : uri.indexOf('/', scheme + 3);
        if (path < 0 || !uri.substring(path).equals(own)) {
            throw new Refused(400, "The Digest login is for the address '" + uri + "', and the request for another.");
        }
    }

    /** UTF-8 as the challenge asks for, else the Latin-1 that older clients send. */
    private static Charset charset(String raw) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(latin(raw)));
            return StandardCharsets.UTF_8;
        } catch (CharacterCodingException e) {
            return StandardCharsets.ISO_8859_1;
        }
    }

    /** A name in the form of RFC 8187, which has to be UTF-8; empty, which is nobody's, if it is not. */
    private static String extended(String value) {
        String prefix = "UTF-8''";
        if (!value.regionMatches(true, 0, prefix, 0, prefix.length())) {
            return "";
        }
        try {
            return URLDecoder.decode(value.substring(prefix.length()).replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static long count(String digits) {
        if (digits.length() != COUNT_DIGITS) {
            return 0;
        }
        try {
            return Long.parseLong(digits, 16);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
