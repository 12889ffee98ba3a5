package io.varve.storage.access;

import io.varve.storage.access.AccountRecords.KeyRecord;
import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Adding and removing users and key pairs, each in one commit that checks first. Thread-safe. */
final class AccountChanges {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String KEY_ID_PREFIX = "VARVE";
    private static final String KEY_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int KEY_ID_LENGTH = 20;
    private static final int KEY_SECRET_RANDOM_BYTES = 30;

    private final Committer committer;

    AccountChanges(Committer committer) {
        this.committer = committer;
    }

    /** Returns false if the name is taken by a user or a key pair: a user's name is an access key too. */
    boolean addUser(String name, byte[] record) throws IOException {
        return committer.commit(commit -> {
            byte[] key = AccountRecords.bytes(name);
            if (commit.get(Family.USERS, key) != null || commit.get(Family.KEYS, key) != null) {
                return false;
            }
            commit.put(Family.USERS, key, record);
            return true;
        });
    }

    /** What makes another record of a user's. */
    @FunctionalInterface
    interface RecordChange {
        byte[] of(byte[] record) throws IOException;
    }

    /** Changes a user's record; returns false if there is none of that name. */
    boolean changeUser(String name, RecordChange change) throws IOException {
        return committer.commit(commit -> {
            byte[] key = AccountRecords.bytes(name);
            byte[] before = commit.get(Family.USERS, key);
            if (before == null) {
                return false;
            }
            commit.put(Family.USERS, key, change.of(before));
            return true;
        });
    }

    /** Removes a user with all key pairs; returns false if there is none of that name. */
    boolean removeUser(String name) throws IOException {
        return committer.commit(commit -> {
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

    /**
     * Returns false if there is no such user.
     *
     * @param root whether the user is the configured one, which is not stored
     */
    boolean addKey(String id, String user, boolean root, byte[] record) throws IOException {
        return committer.commit(commit -> {
            if (!root && commit.get(Family.USERS, AccountRecords.bytes(user)) == null) {
                return false;
            }
            commit.put(Family.KEYS, AccountRecords.bytes(id), record);
            return true;
        });
    }

    /** Returns false if there is none of that id. */
    boolean removeKey(String id) throws IOException {
        return committer.commit(commit -> {
            if (commit.get(Family.KEYS, AccountRecords.bytes(id)) == null) {
                return false;
            }
            commit.delete(Family.KEYS, AccountRecords.bytes(id));
            return true;
        });
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

    static String randomKeyId() {
        StringBuilder id = new StringBuilder(KEY_ID_PREFIX);
        while (id.length() < KEY_ID_LENGTH) {
            id.append(KEY_ID_ALPHABET.charAt(RANDOM.nextInt(KEY_ID_ALPHABET.length())));
        }
        return id.toString();
    }

    /** Returns what tells a user from others of the same name, before or after: never 0. */
    static long randomCreation() {
        long creation = RANDOM.nextLong();
        return creation == 0 ? 1 : creation;
    }

    /** Returns a secret that needs no quoting in a URL, a shell or an INI file. */
    static String randomSecret() {
        byte[] bytes = new byte[KEY_SECRET_RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
