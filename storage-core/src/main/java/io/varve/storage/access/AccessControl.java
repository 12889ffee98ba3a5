package io.varve.storage.access;

import io.varve.storage.chunkstore.Varint;
import io.varve.storage.commit.Committer;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in, and what they may do.
 *
 * <p>Users live in the store's USERS family, further key pairs in KEYS; their secrets are kept under the {@link MasterKey}, because
 * S3 signatures are checked with the secret itself. All of them are held in memory, so a request costs no lookup. The root user is
 * never in the store: its name and password are given at opening. Thread-safe.
 */
public final class AccessControl {
    /** What a user may be. */
    public enum Role {
        /** Everything. */
        ADMIN,
        /** Everything but administering the server. */
        USER,
        /** Looking and reading. */
        READONLY
    }

    /** What can be done. */
    public enum Action {
        READ,
        LIST,
        WRITE,
        DELETE,
        CREATE_BUCKET,
        DELETE_BUCKET,
        ADMINISTER
    }

    /** What {@link #decide} says. */
    public enum Decision {
        ALLOWED,
        DENIED
    }

    /** Somebody who came in. */
    public record Principal(String name, Role role) {}

    /** An S3 key pair and who it stands for. */
    public record Credential(String accessKeyId, String secret, Principal principal) {
        @Override
        public String toString() {
            return "Credential[" + accessKeyId + "]";
        }
    }

    /** The outcome of a login. */
    public sealed interface Authentication {
        /** Name and password belong together. */
        record Granted(Principal principal) implements Authentication {}

        /** They do not; which of the two is wrong is not told. */
        record Denied() implements Authentication {}
    }

    /** The outcome of making a user. */
    public sealed interface UserAdded {
        /** Done. */
        record Added(Principal principal) implements UserAdded {}

        /**
         * Not done.
         *
         * @param reason for people: what is wrong and what would be right
         */
        record Refused(String reason) implements UserAdded {}
    }

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@-]{3,64}");
    private static final int PASSWORD_LENGTH_MIN = 8;
    private static final int PASSWORD_LENGTH_MAX = 128;
    private static final int KEY_ID_BYTES = 10;
    private static final int KEY_SECRET_BYTES = 30;

    private final Committer committer;
    private final MasterKey masterKey;
    private final Credential root;
    private final SecureRandom random = new SecureRandom();

    /** Every key pair by its id; a user's name is one. */
    private final Map<String, Credential> credentials = new ConcurrentHashMap<>();

    private AccessControl(Committer committer, MasterKey masterKey, Credential root) {
        this.committer = committer;
        this.masterKey = masterKey;
        this.root = root;
    }

    /**
     * Opens the users of a store.
     *
     * @param keys the directory of the master key
     * @throws CorruptionException if secrets cannot be decrypted
     */
    public static AccessControl open(Committer committer, Path keys, String rootName, String rootPassword)
            throws IOException {
        Credential root = new Credential(rootName, rootPassword, new Principal(rootName, Role.ADMIN));
        AccessControl access = new AccessControl(committer, MasterKey.open(keys), root);
        access.load();
        return access;
    }

    private void load() throws IOException {
        try (Cursor cursor = committer.view().scan(Family.USERS, new byte[0], null)) {
            while (cursor.next()) {
                String name = text(cursor.key());
                byte[] row = cursor.value();
                if (row.length < 1) {
                    throw new CorruptionException("The row of user " + name + " is empty.");
                }
                Principal principal = new Principal(name, role(row[0]));
                byte[] secret = masterKey.decrypt(Arrays.copyOfRange(row, 1, row.length), owner(name, row[0]));
                credentials.put(name, new Credential(name, text(secret), principal));
            }
        }
        try (Cursor cursor = committer.view().scan(Family.KEYS, new byte[0], null)) {
            while (cursor.next()) {
                String id = text(cursor.key());
                ByteBuffer row = ByteBuffer.wrap(cursor.value());
                byte[] user = new byte[Varint.readInt(row, row.remaining())];
                if (user.length > row.remaining()) {
                    throw new CorruptionException("The row of key " + id + " is cut short.");
                }
                row.get(user);
                byte[] encrypted = new byte[row.remaining()];
                row.get(encrypted);
                Credential owner = credentialOf(text(user));
                if (owner != null) {
                    String secret = text(masterKey.decrypt(encrypted, utf8(id)));
                    credentials.put(id, new Credential(id, secret, owner.principal()));
                }
            }
        }
    }

    /** Checks a name and password. Takes the same time for a wrong name as for a wrong password. */
    public Authentication authenticate(String name, String password) {
        Credential credential = credentialOf(name);
        boolean user = credential != null && credential.principal().name().equals(name);
        String expected = user && credential != null ? credential.secret() : root.secret();
        boolean matches = MessageDigest.isEqual(utf8(expected), utf8(password));
        return matches && user && credential != null
                ? new Authentication.Granted(credential.principal())
                : new Authentication.Denied();
    }

    /** The key pair with an id: what an S3 signature is checked against. */
    public Optional<Credential> credential(String accessKeyId) {
        return Optional.ofNullable(credentialOf(accessKeyId));
    }

    private @Nullable Credential credentialOf(String id) {
        return id.equals(root.accessKeyId()) ? root : credentials.get(id);
    }

    /**
     * Decides whether somebody may do something.
     *
     * @param bucket the bucket; empty for the list of buckets
     * @param key the key; empty for the bucket itself
     */
    public Decision decide(Principal principal, Action action, String bucket, String key) {
        boolean allowed = switch (principal.role()) {
            case ADMIN -> true;
            case USER -> action != Action.ADMINISTER;
            case READONLY -> action == Action.READ || action == Action.LIST;
        };
        return allowed ? Decision.ALLOWED : Decision.DENIED;
    }

    /**
     * Makes a user, whose name and password are also an S3 access key and secret key.
     *
     * @throws IOException if it could not be made durable
     */
    public synchronized UserAdded addUser(String name, String password, Role role) throws IOException {
        if (!NAME.matcher(name).matches()) {
            return new UserAdded.Refused(
                    "A user name has 3 to 64 letters, digits, dots, hyphens, underscores or at signs.");
        }
        if (password.length() < PASSWORD_LENGTH_MIN || password.length() > PASSWORD_LENGTH_MAX) {
            return new UserAdded.Refused(
                    "A password has " + PASSWORD_LENGTH_MIN + " to " + PASSWORD_LENGTH_MAX + " characters.");
        }
        if (credentialOf(name) != null) {
            return new UserAdded.Refused("There is a user or key '" + name + "' already: choose another name.");
        }
        byte id = (byte) roleId(role);
        byte[] secret = masterKey.encrypt(utf8(password), owner(name, id));
        byte[] row = ByteBuffer.allocate(1 + secret.length).put(id).put(secret).array();
        committer.commit(commit -> {
            commit.put(Family.USERS, utf8(name), row);
            return true;
        });
        Principal principal = new Principal(name, role);
        credentials.put(name, new Credential(name, password, principal));
        return new UserAdded.Added(principal);
    }

    /**
     * Removes a user with all their key pairs.
     *
     * @return false if there is none of that name
     * @throws IOException if it could not be made durable
     */
    public synchronized boolean removeUser(String name) throws IOException {
        Credential user = credentials.get(name);
        if (user == null || !user.principal().name().equals(name)) {
            return false;
        }
        List<Credential> gone = credentials.values().stream()
                .filter(c -> c.principal().name().equals(name))
                .toList();
        committer.commit(commit -> {
            commit.delete(Family.USERS, utf8(name));
            for (Credential credential : gone) {
                if (!credential.accessKeyId().equals(name)) {
                    commit.delete(Family.KEYS, utf8(credential.accessKeyId()));
                }
            }
            return true;
        });
        gone.forEach(credential -> credentials.remove(credential.accessKeyId()));
        return true;
    }

    /** All users by name, the root user among them. */
    public List<Principal> users() {
        List<Principal> users = new ArrayList<>();
        users.add(root.principal());
        credentials.values().stream()
                .filter(c -> c.accessKeyId().equals(c.principal().name()))
                .map(Credential::principal)
                .forEach(users::add);
        users.sort(Comparator.comparing(Principal::name));
        return users;
    }

    /**
     * Makes a further S3 key pair for a user.
     *
     * @return the pair, or empty if there is no such user
     * @throws IOException if it could not be made durable
     */
    public synchronized Optional<Credential> addKey(String user) throws IOException {
        Credential owner = credentialOf(user);
        if (owner == null || !owner.principal().name().equals(user)) {
            return Optional.empty();
        }
        String id = "VK" + randomText(KEY_ID_BYTES).toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "X");
        String secret = randomText(KEY_SECRET_BYTES);
        byte[] encrypted = masterKey.encrypt(utf8(secret), utf8(id));
        byte[] name = utf8(user);
        ByteBuffer row = ByteBuffer.allocate(Varint.BYTES_MAX + name.length + encrypted.length);
        Varint.write(row, name.length);
        row.put(name).put(encrypted);
        byte[] bytes = Arrays.copyOf(row.array(), row.position());
        committer.commit(commit -> {
            commit.put(Family.KEYS, utf8(id), bytes);
            return true;
        });
        Credential made = new Credential(id, secret, owner.principal());
        credentials.put(id, made);
        return Optional.of(made);
    }

    private String randomText(int bytes) {
        byte[] value = new byte[bytes];
        random.nextBytes(value);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(value);
    }

    /** A secret is bound to its user and role, so a row cannot be moved or promoted by editing the store. */
    private static byte[] owner(String name, byte role) {
        return utf8(role + ":" + name);
    }

    private static int roleId(Role role) {
        return switch (role) {
            case ADMIN -> 1;
            case USER -> 2;
            case READONLY -> 3;
        };
    }

    private static Role role(byte id) throws CorruptionException {
        for (Role role : Role.values()) {
            if (roleId(role) == id) {
                return role;
            }
        }
        throw new CorruptionException("A user with an unknown role " + id + ".");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }
}
