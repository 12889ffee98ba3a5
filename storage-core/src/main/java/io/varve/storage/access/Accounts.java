package io.varve.storage.access;

import io.varve.storage.access.AccessControl.Authentication;
import io.varve.storage.access.AccessControl.Credential;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.AccountRecords.KeyRecord;
import io.varve.storage.access.AccountRecords.UserRecord;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All users and key pairs with their secrets, as they were at one moment. Immutable.
 *
 * <p>A stored user that has the root user's name is hidden by it: what is configured wins.
 */
final class Accounts {
    /**
     * Who somebody is, and the digest of the password, or the hash of one that is for the console alone; neither for a user whose
     * password could not be decrypted.
     */
    private static final class Account {
        final Principal principal;
        final long creation;
        final byte @Nullable [] digest;
        final @Nullable PasswordHash hash;

        Account(Principal principal, long creation, byte @Nullable [] digest, @Nullable PasswordHash hash) {
            this.principal = principal;
            this.creation = creation;
            this.digest = digest;
            this.hash = hash;
        }
    }

    private final PasswordDigest digests;
    private final Map<String, Account> users = new TreeMap<>();
    private final Map<String, Credential> credentials = new TreeMap<>();
    private final List<String> problems = new ArrayList<>();
    private boolean hashes;

    private Accounts(PasswordDigest digests) {
        this.digests = digests;
    }

    /**
     * Reads all users and key pairs.
     *
     * @param root the root user and its password
     * @throws CorruptionException if a record cannot be understood; a secret that does not decrypt only locks its user out
     */
    static Accounts load(MetadataView view, MasterKey key, PasswordDigest digests, Credential root) throws IOException {
        Accounts accounts = new Accounts(digests);
        accounts.addUser(root.principal(), 0, root.secret());
        try (Cursor cursor = view.scan(Family.USERS, new byte[0], null)) {
            while (cursor.next()) {
                accounts.loadUser(AccountRecords.name(cursor.key()), UserRecord.decode(cursor.value()), key);
            }
        }
        try (Cursor cursor = view.scan(Family.KEYS, new byte[0], null)) {
            while (cursor.next()) {
                accounts.loadKey(AccountRecords.name(cursor.key()), KeyRecord.decode(cursor.value()), key);
            }
        }
        return accounts;
    }

    /**
     * Decides in a time that tells nothing about the password, nor whether there is such a user. One whose password is for the console
     * alone is denied like one that does not exist.
     */
    Authentication authenticate(String name, String password) {
        Account account = users.get(name);
        byte[] expected = account == null ? null : account.digest;
        boolean equal = MessageDigest.isEqual(digests.of(password), expected == null ? digests.ofNobody() : expected);
        return equal && account != null && expected != null
                ? new Authentication.Granted(account.principal)
                : new Authentication.Denied();
    }

    /** Whose password is for the console alone has this hash of it; empty for all others. */
    Optional<PasswordHash> hash(String name) {
        return Optional.ofNullable(users.get(name)).map(account -> account.hash);
    }

    /** Whether there is any user with a hash. */
    boolean hasHashes() {
        return hashes;
    }

    Optional<Credential> credential(String accessKeyId) {
        return Optional.ofNullable(credentials.get(accessKeyId));
    }

    /** Returns who has this name now; a user that is locked out is still one. */
    Optional<Principal> principal(String name) {
        return Optional.ofNullable(users.get(name)).map(account -> account.principal);
    }

    /** Tells the user of this name from others that had it before; 0 if there is none, or nobody knows. */
    long creation(String name) {
        Account account = users.get(name);
        return account == null ? 0 : account.creation;
    }

    List<Principal> principals() {
        return users.values().stream().map(account -> account.principal).toList();
    }

    /** Returns the ids of the key pairs that were made for a user. */
    List<String> accessKeyIds(String user) {
        return credentials.values().stream()
                .filter(credential -> credential.principal().name().equals(user))
                .map(Credential::accessKeyId)
                .filter(id -> !id.equals(user))
                .toList();
    }

    /** Returns who was locked out while loading and why, a sentence each. */
    List<String> problems() {
        return problems;
    }

    private void addUser(Principal principal, long creation, String password) {
        users.put(principal.name(), new Account(principal, creation, digests.of(password), null));
        credentials.put(principal.name(), new Credential(principal.name(), password, principal));
    }

    private void loadUser(String name, UserRecord record, MasterKey key) {
        if (users.containsKey(name)) {
            problems.add("The stored user '" + name + "' is hidden by the configured root user of the same name.");
            return;
        }
        Principal principal = new Principal(name, record.role);
        try {
            switch (record.unseal(key, name)) {
                case StoredPassword.Clear clear -> addUser(principal, record.creation, clear.text());
                case StoredPassword.Hashed hashed -> {
                    users.put(name, new Account(principal, record.creation, null, hashed.hash()));
                    hashes = true;
                }
            }
        } catch (CorruptionException e) {
            users.put(name, new Account(principal, record.creation, null, null));
            problems.add("The user '" + name + "' cannot log in: " + e.getMessage() + ". Put back the right keys/"
                    + MasterKey.FILE + ", or remove the user and add it again.");
        }
    }

    private void loadKey(String id, KeyRecord record, MasterKey key) {
        Account owner = users.get(record.user);
        if (owner == null || users.containsKey(id)) {
            problems.add("The key pair '" + id + "' of '" + record.user + "' is not usable: "
                    + (owner == null ? "there is no such user." : "a user has the same name."));
            return;
        }
        try {
            credentials.put(id, new Credential(id, record.unseal(key, id), owner.principal));
        } catch (CorruptionException e) {
            problems.add("The key pair '" + id + "' of '" + record.user + "' is not usable: " + e.getMessage()
                    + ". Put back the right keys/" + MasterKey.FILE + ", or make a new key pair.");
        }
    }
}
