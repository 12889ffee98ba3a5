package io.varve.storage.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The records of users and key pairs, as {@code docs/format.md} describes them under "Users and keys". Secrets are decrypted apart, so
 * that a record whose secret does not open still tells whose it is.
 */
final class AccountRecords {
    private static final int FORMAT = 1;
    private static final int FORMAT_WITH_CREATION = 2;

    /** Format and role. */
    private static final int HEAD_BYTES = 2;

    private static final int ADMIN = 1;
    private static final int USER = 2;
    private static final int READONLY = 3;

    private AccountRecords() {}

    /** A user's record without the name, which is its key. */
    static final class UserRecord {
        final Role role;

        /** Tells the user from others that had the name before; 0 if the record is from before users had that. */
        final long creation;

        final byte[] sealed;

        UserRecord(Role role, long creation, byte[] sealed) {
            this.role = role;
            this.creation = creation;
            this.sealed = sealed;
        }

        static UserRecord seal(MasterKey key, String name, Role role, long creation, StoredPassword password) {
            String text = switch (password) {
                case StoredPassword.Clear clear -> clear.text();
                case StoredPassword.Hashed hashed -> hashed.hash().toString();
            };
            byte[] context = context(password.use(), name, role, creation);
            return new UserRecord(role, creation, key.seal(bytes(text), context));
        }

        /**
         * Returns the password, or its hash. Which of them it is tells the context under which it opens: so a program from before
         * there were hashes opens the store and locks out the users that it cannot understand, and no hash can be made to stand
         * for a password.
         *
         * @throws CorruptionException if it does not decrypt, or the record is another user's or had another role
         */
        StoredPassword unseal(MasterKey key, String name) throws CorruptionException {
            try {
                byte[] context = context(PasswordUse.EVERY_DOOR, name, role, creation);
                return new StoredPassword.Clear(name(key.unseal(sealed, context)));
            } catch (CorruptionException e) {
                byte[] context = context(PasswordUse.CONSOLE, name, role, creation);
                return new StoredPassword.Hashed(PasswordHash.parse(name(key.unseal(sealed, context))));
            }
        }

        byte[] encode() {
            ByteBuffer record = ByteBuffer.allocate(HEAD_BYTES + Long.BYTES + sealed.length);
            record.put((byte) (creation == 0 ? FORMAT : FORMAT_WITH_CREATION)).put((byte) code(role));
            if (creation != 0) {
                record.putLong(creation);
            }
            return Arrays.copyOf(record.array(), record.put(sealed).position());
        }

        static UserRecord decode(byte[] record) throws CorruptionException {
            boolean told = record.length > 0 && record[0] == FORMAT_WITH_CREATION;
            int head = told ? HEAD_BYTES + Long.BYTES : HEAD_BYTES;
            if (record.length < head) {
                throw new CorruptionException("A user's record has only " + record.length + " bytes");
            }
            if (!told) {
                requireFormat(record[0]);
            }
            long creation = told ? ByteBuffer.wrap(record).getLong(HEAD_BYTES) : 0;
            if (told && creation == 0) {
                throw new CorruptionException("A user's record tells no creation");
            }
            return new UserRecord(role(record[1]), creation, rest(record, head));
        }

        /** With the role in it, nobody is promoted by editing the store. */
        private static byte[] context(PasswordUse use, String name, Role role, long creation) {
            String kind = use == PasswordUse.CONSOLE ? "varve console user " : "varve user ";
            String created = creation == 0 ? "" : " " + Long.toHexString(creation);
            return bytes(kind + code(role) + created + " " + name);
        }
    }

    /** A key pair's record without the access key id, which is its key. */
    static final class KeyRecord {
        final String user;
        final byte[] sealed;

        KeyRecord(String user, byte[] sealed) {
            this.user = user;
            this.sealed = sealed;
        }

        static KeyRecord seal(MasterKey key, String accessKeyId, String user, String secret) {
            return new KeyRecord(user, key.seal(bytes(secret), context(accessKeyId, user)));
        }

        /**
         * Returns the secret key.
         *
         * @throws CorruptionException if it does not decrypt, or the record is another pair's or had another user
         */
        String unseal(MasterKey key, String accessKeyId) throws CorruptionException {
            return name(key.unseal(sealed, context(accessKeyId, user)));
        }

        byte[] encode() {
            byte[] name = bytes(user);
            return ByteBuffer.allocate(2 + name.length + sealed.length)
                    .put((byte) FORMAT)
                    .put((byte) name.length)
                    .put(name)
                    .put(sealed)
                    .array();
        }

        static KeyRecord decode(byte[] record) throws CorruptionException {
            if (record.length < 2 || record.length < 2 + (record[1] & 0xff)) {
                throw new CorruptionException("A key pair's record has only " + record.length + " bytes");
            }
            requireFormat(record[0]);
            int nameLength = record[1] & 0xff;
            return new KeyRecord(new String(record, 2, nameLength, UTF_8), rest(record, 2 + nameLength));
        }

        private static byte[] context(String accessKeyId, String user) {
            return bytes("varve key " + accessKeyId + " " + user);
        }
    }

    /** Returns the key under which a user or key pair is stored. */
    static byte[] bytes(String name) {
        return name.getBytes(UTF_8);
    }

    static String name(byte[] key) {
        return new String(key, UTF_8);
    }

    private static int code(Role role) {
        return switch (role) {
            case ADMIN -> ADMIN;
            case USER -> USER;
            case READONLY -> READONLY;
        };
    }

    private static Role role(byte code) throws CorruptionException {
        return switch (code) {
            case ADMIN -> Role.ADMIN;
            case USER -> Role.USER;
            case READONLY -> Role.READONLY;
            default -> throw new CorruptionException("A user's record has the unknown role " + code);
        };
    }

    private static void requireFormat(byte format) throws CorruptionException {
        if (format != FORMAT) {
            throw new CorruptionException(
                    "A user's or key pair's record has format " + format + " instead of " + FORMAT);
        }
    }

    private static byte[] rest(byte[] record, int from) {
        return Arrays.copyOfRange(record, from, record.length);
    }
}
