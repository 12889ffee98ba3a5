package io.varve.storage.access;

import io.varve.storage.access.AccountRecords.KeyRecord;
import io.varve.storage.access.AccountRecords.UserRecord;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.Transaction;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may enter and what for: the users with their key pairs, and the decision that every door asks before it acts.
 *
 * <p>One user, root, is configured and never stored, so there is always one that gets in. All others are metadata. They are few:
 * all are kept in memory, and every change is first committed and then read back. Asking therefore costs no I/O and sees a change as
 * soon as the method that made it has returned. Thread-safe.
 */
public final class AccessControl {
    private static final Logger LOG = LoggerFactory.getLogger(AccessControl.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String KEY_ID_PREFIX = "VARVE";
    private static final String KEY_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int KEY_ID_LENGTH = 20;
    private static final int KEY_SECRET_RANDOM_BYTES = 30;

    private final Committer committer;
    private final MasterKey masterKey;
    private final PasswordDigest digests = new PasswordDigest();
    private final Credential root;
    private final Object reloading = new Object();
    private volatile Accounts accounts;

    /** What a user may do in general. */
    public enum Role {
        /** Everything. */
        ADMIN,
        /** Everything with buckets and their contents. */
        USER,
        /** Look and read. */
        READONLY
    }

    /** Somebody who proved to be who they say. */
    public record Principal(String name, Role role) {}

    /** Something to be decided about. */
    public enum Action {
        /** Read an object, its versions or its attributes. */
        READ,
        /** Store, copy or move an object to the key, change its attributes, or lock it. */
        WRITE,
        /** Delete an object or one of its versions, or move it away. */
        DELETE,
        /** See the names in a bucket, or the bucket itself. */
        LIST,
        /** Make a bucket. */
        CREATE_BUCKET,
        /** Remove a bucket. */
        DELETE_BUCKET,
        /** Change users and settings, and order upkeep. */
        ADMINISTER
    }

    /** What was decided. */
    public enum Decision {
        ALLOWED,
        DENIED
    }

    /** An S3 key pair and who it stands for. */
    public record Credential(String accessKeyId, String secret, Principal principal) {
        /** Leaves out the secret, so that no log has it. */
        @Override
        public String toString() {
            return "Credential[" + accessKeyId + " of " + principal.name() + "]";
        }
    }

    /** How a login went. */
    public sealed interface Authentication {
        /** Name and password belong together. */
        record Granted(Principal principal) implements Authentication {}

        /** There is no such user, or the password is another; which of them is nobody's business. */
        record Denied() implements Authentication {}
    }

    /** How adding a user went. */
    public sealed interface UserAdded {
        /** It is done and durable. */
        record Added(Principal principal) implements UserAdded {}

        /** Nothing was changed; the reason is a sentence for the administrator. */
        record Refused(String reason) implements UserAdded {}
    }

    private AccessControl(Committer committer, MasterKey masterKey, Credential root) throws IOException {
        this.committer = committer;
        this.masterKey = masterKey;
        this.root = root;
        this.accounts = Accounts.load(committer.view(), masterKey, digests, root);
    }

    /**
     * Reads all users.
     *
     * @param keys the existing directory where the master key lies or will lie
     * @param rootName the root user's name, also its access key
     * @param rootPassword the root user's password, also its secret key
     * @throws io.varve.storage.io.CorruptionException if the master key or a record is damaged. A secret that does not decrypt is only
     *     logged: its user cannot log in, and everybody else can
     */
    public static AccessControl open(Committer committer, Path keys, String rootName, String rootPassword)
            throws IOException {
        Credential root = new Credential(rootName, rootPassword, new Principal(rootName, Role.ADMIN));
        AccessControl access = new AccessControl(committer, MasterKey.open(keys), root);
        access.accounts.problems().forEach(LOG::warn);
        return access;
    }

    /** Checks a user's name and password, in microseconds and in a time that tells nothing about either. */
    public Authentication authenticate(String name, String password) {
        return accounts.authenticate(name, password);
    }

    /** Returns the secret that belongs to an access key (a user's name or the id of a key pair) and who signs with it. */
    public Optional<Credential> credential(String accessKeyId) {
        return accounts.credential(accessKeyId);
    }

    /**
     * Decides whether somebody may do something. It goes by the rights of now: who was removed since logging in may nothing, and who
     * got another role has its rights.
     *
     * @param principal who asks
     * @param action what for
     * @param bucket the bucket; empty where the action concerns none
     * @param key the object's key; empty where the action concerns a whole bucket or none
     */
    public Decision decide(Principal principal, Action action, String bucket, String key) {
        return accounts.principal(principal.name())
                .map(current -> allows(current.role(), action) ? Decision.ALLOWED : Decision.DENIED)
                .orElse(Decision.DENIED);
    }

    /** Returns all users in the order of their names, root among them. */
    public List<Principal> users() {
        return accounts.principals();
    }

    /** Returns the configured user. */
    public Principal root() {
        return root.principal();
    }

    /**
     * Adds a user; {@link CredentialRules} says which names and passwords there may be.
     *
     * @throws IOException if the change could not be made durable
     */
    public UserAdded addUser(String name, String password, Role role) throws IOException {
        Optional<String> problem =
                CredentialRules.problemWithName(name).or(() -> CredentialRules.problemWithPassword(password));
        if (problem.isPresent()) {
            return new UserAdded.Refused(problem.get());
        }
        byte[] record = UserRecord.seal(masterKey, name, role, password).encode();
        boolean added = change(commit -> {
            if (name.equals(root.accessKeyId()) || taken(commit, name)) {
                return false;
            }
            commit.put(Family.USERS, AccountRecords.bytes(name), record);
            return true;
        });
        return added
                ? new UserAdded.Added(new Principal(name, role))
                : new UserAdded.Refused("There is a user or key pair '" + name + "' already: choose another name.");
    }

    /**
     * Removes a user and the user's key pairs.
     *
     * @return false if none of that name is stored; the root user is configured, not stored
     * @throws IOException if the change could not be made durable
     */
    public boolean removeUser(String name) throws IOException {
        return change(commit -> {
            if (commit.get(Family.USERS, AccountRecords.bytes(name)) == null) {
                return false;
            }
            commit.delete(Family.USERS, AccountRecords.bytes(name));
            for (byte[] id : keysOf(commit, name)) {
                commit.delete(Family.KEYS, id);
            }
            return true;
        });
    }

    /** Returns the ids of the key pairs that were made for a user, who has name and password besides. */
    public List<String> keys(String user) {
        return accounts.accessKeyIds(user);
    }

    /**
     * Makes a further key pair for a user, root included, with random id and secret.
     *
     * @return the pair, empty if there is no such user
     * @throws IOException if the change could not be made durable
     */
    public Optional<Credential> addKey(String user) throws IOException {
        String id = randomKeyId();
        byte[] record = KeyRecord.seal(masterKey, id, user, randomSecret()).encode();
        boolean added = change(commit -> {
            if (!user.equals(root.accessKeyId()) && commit.get(Family.USERS, AccountRecords.bytes(user)) == null) {
                return false;
            }
            commit.put(Family.KEYS, AccountRecords.bytes(id), record);
            return true;
        });
        return added ? accounts.credential(id) : Optional.empty();
    }

    /**
     * Removes a key pair that was made for a user; name and password stay.
     *
     * @return false if there is none of that id
     * @throws IOException if the change could not be made durable
     */
    public boolean removeKey(String accessKeyId) throws IOException {
        return change(commit -> {
            if (commit.get(Family.KEYS, AccountRecords.bytes(accessKeyId)) == null) {
                return false;
            }
            commit.delete(Family.KEYS, AccountRecords.bytes(accessKeyId));
            return true;
        });
    }

    /** Commits a change and reads everything back, so that asking sees what is durable. */
    private boolean change(Transaction<Boolean> transaction) throws IOException {
        boolean changed = committer.commit(transaction);
        synchronized (reloading) {
            accounts = Accounts.load(committer.view(), masterKey, digests, root);
        }
        return changed;
    }

    /** A user's name is an access key too, so names and ids of key pairs are taken together. */
    private static boolean taken(Commit commit, String name) throws IOException {
        byte[] key = AccountRecords.bytes(name);
        return commit.get(Family.USERS, key) != null || commit.get(Family.KEYS, key) != null;
    }

    private static List<byte[]> keysOf(Commit commit, String user) throws IOException {
        List<byte[]> ids = new ArrayList<>();
        try (Cursor cursor = commit.scan(Family.KEYS, new byte[0], null)) {
            while (cursor.next()) {
                if (KeyRecord.decode(cursor.value()).user.equals(user)) {
                    ids.add(cursor.key());
                }
            }
        }
        return ids;
    }

    private static boolean allows(Role role, Action action) {
        return switch (role) {
            case ADMIN -> true;
            case USER ->
                switch (action) {
                    case READ, WRITE, DELETE, LIST, CREATE_BUCKET, DELETE_BUCKET -> true;
                    case ADMINISTER -> false;
                };
            case READONLY ->
                switch (action) {
                    case READ, LIST -> true;
                    case WRITE, DELETE, CREATE_BUCKET, DELETE_BUCKET, ADMINISTER -> false;
                };
        };
    }

    private static String randomKeyId() {
        StringBuilder id = new StringBuilder(KEY_ID_PREFIX);
        while (id.length() < KEY_ID_LENGTH) {
            id.append(KEY_ID_ALPHABET.charAt(RANDOM.nextInt(KEY_ID_ALPHABET.length())));
        }
        return id.toString();
    }

    /** Returns a secret that needs no quoting in a URL, a shell or an INI file. */
    private static String randomSecret() {
        byte[] bytes = new byte[KEY_SECRET_RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
