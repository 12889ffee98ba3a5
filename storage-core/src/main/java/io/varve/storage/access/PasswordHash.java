package io.varve.storage.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.varve.storage.access.Argon2id.Cost;
import io.varve.storage.io.CorruptionException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is kept of a password that nobody needs to read again: its Argon2id hash with salt and cost, in the PHC string format
 * {@code $argon2id$v=19$m=32768,t=3,p=1$SALT$HASH}. The cost stands in each, so that it can be raised for those that come later.
 * Computing one takes a tenth of a second and as much memory as its cost says: to be done by {@link SlowHashing} only. Immutable.
 */
final class PasswordHash {
    /**
     * The cost of new hashes. RFC 9106 (section 4) has 64 MiB and 3 passes for where memory is short; half the memory is taken here, since
     * two may be computed at once beside all else in a heap of 256 MiB. It is more in each respect than the least that OWASP
     * advises (19 MiB, 2 passes, 1 lane). One lane: a second one would be computed after the first here, and beside it by who guesses.
     */
    static final Cost COST = new Cost(32 << 10, 3, 1);

    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;

    /** A record that asks for more is damaged: what it says is allocated. */
    private static final int MEMORY_MAX = 256 << 10;

    private static final int PASSES_MAX = 100;
    private static final int LANES_MAX = 64;

    private static final Pattern FORM =
            Pattern.compile("\\$argon2id\\$v=19\\$m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})"
                    + "\\$([A-Za-z0-9+/]{11,64})\\$([A-Za-z0-9+/]{22,86})");

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder TEXT = Base64.getEncoder().withoutPadding();

    private final Cost cost;
    private final byte[] salt;
    private final byte[] hash;

    private PasswordHash(Cost cost, byte[] salt, byte[] hash) {
        this.cost = cost;
        this.salt = salt;
        this.hash = hash;
    }

    /** Computes the hash of a password with a new salt. */
    static PasswordHash of(String password, Cost cost) {
        byte[] salt = random(SALT_BYTES);
        return new PasswordHash(cost, salt, Argon2id.hash(password.getBytes(UTF_8), cost, salt, HASH_BYTES));
    }

    /** A hash that no password has. To compare with it takes as long as with any other of that cost. */
    static PasswordHash ofNobody(Cost cost) {
        return new PasswordHash(cost, random(SALT_BYTES), random(HASH_BYTES));
    }

    /**
     * Reads a hash.
     *
     * @throws CorruptionException if it is none, is written in another way than {@link #toString()} does, or would cost more than is ever taken
     */
    static PasswordHash parse(String text) throws CorruptionException {
        Matcher form = FORM.matcher(text);
        if (form.matches()) {
            int memory = Integer.parseInt(form.group(1));
            int passes = Integer.parseInt(form.group(2));
            int lanes = Integer.parseInt(form.group(3));
            if (memory <= MEMORY_MAX && passes <= PASSES_MAX && lanes <= LANES_MAX) {
                try {
                    PasswordHash hash = new PasswordHash(
                            new Cost(memory, passes, lanes),
                            Base64.getDecoder().decode(form.group(4)),
                            Base64.getDecoder().decode(form.group(5)));
                    if (hash.toString().equals(text)) {
                        return hash;
                    }
                } catch (IllegalArgumentException e) {
                    throw new CorruptionException("A password's hash cannot be understood: " + e.getMessage(), e);
                }
            }
        }
        throw new CorruptionException("A password's hash cannot be understood");
    }

    /** Whether it is this password's; takes as long as computing it. */
    boolean matches(String password) {
        return MessageDigest.isEqual(hash, Argon2id.hash(password.getBytes(UTF_8), cost, salt, hash.length));
    }

    Cost cost() {
        return cost;
    }

    /** Whether it is this one, salt included. */
    boolean isSameAs(PasswordHash other) {
        return toString().equals(other.toString());
    }

    /** In the PHC string format. It is no secret that opens anything, and yet nothing for a log: who has it can guess. */
    @Override
    public String toString() {
        return "$argon2id$v=" + Argon2id.VERSION + "$m=" + cost.memory() + ",t=" + cost.passes() + ",p=" + cost.lanes()
                + "$" + TEXT.encodeToString(salt) + "$" + TEXT.encodeToString(hash);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }
}
