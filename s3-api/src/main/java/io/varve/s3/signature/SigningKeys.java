package io.varve.s3.signature;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.SecretKey;

/**
 * Signing keys, kept because deriving one takes four HMACs and serves all requests of a user for a day. Thread-safe and
 * bounded: when full it starts anew, since a busy server has far fewer users than places.
 */
final class SigningKeys {

    static final int KEYS_MAX = 4096;

    /** The secret is part of the name, so a changed secret is a different key. */
    private record Name(String secret, CredentialScope scope) {}

    private final ConcurrentHashMap<Name, SecretKey> keys = new ConcurrentHashMap<>();

    SecretKey get(String secret, CredentialScope scope) {
        Name name = new Name(secret, scope);
        SecretKey known = keys.get(name);
        if (known != null) {
            return known;
        }
        SecretKey key = derive(secret, scope);
        if (keys.size() >= KEYS_MAX) {
            keys.clear();
        }
        keys.put(name, key);
        return key;
    }

    /** The derivation of the API reference: secret, date, region, service, terminator. */
    static SecretKey derive(String secret, CredentialScope scope) {
        SecretKey key = Hashing.key(("AWS4" + secret).getBytes(StandardCharsets.UTF_8));
        key = Hashing.key(Hashing.hmac(key, scope.date()));
        key = Hashing.key(Hashing.hmac(key, scope.region()));
        key = Hashing.key(Hashing.hmac(key, scope.service()));
        return Hashing.key(Hashing.hmac(key, CredentialScope.TERMINATOR));
    }

    int size() {
        return keys.size();
    }
}
