package io.varve.storage.namespace;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keys of the families that belong to names.
 *
 * <p>A name is stored as its UTF-8 bytes, a directory's with a slash behind it, so that the order of rows in one directory is
 * S3's order of keys, and a depth-first walk gives the whole bucket in that order.
 */
final class NameKeys {
    /** The id that no directory has: parent of what has no place in any bucket. */
    static final long NOWHERE = 0;

    private static final byte DIRECTORY_MARK = '/';
    private static final byte USAGE_OF_DIRECTORY = 1;
    private static final byte KEPT_OF_BUCKET = 2;

    private NameKeys() {}

    /** NOW: the directory's id, and the name. */
    static byte[] now(long directory, byte[] name) {
        return ByteBuffer.allocate(Long.BYTES + name.length)
                .putLong(directory)
                .put(name)
                .array();
    }

    /** All NOW rows of a directory begin with this. */
    static byte[] directory(long directory) {
        return ByteBuffer.allocate(Long.BYTES).putLong(directory).array();
    }

    /** The first NOW key that an entry behind a stored name can have. */
    static byte[] behind(long directory, String after) {
        if (after.isEmpty()) {
            return directory(directory);
        }
        byte[] name = Rows.utf8(after);
        return now(directory, Arrays.copyOf(name, name.length + 1));
    }

    static byte[] fileName(String name) {
        return name.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] directoryName(String name) {
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        byte[] marked = Arrays.copyOf(utf8, utf8.length + 1);
        marked[utf8.length] = DIRECTORY_MARK;
        return marked;
    }

    /** The stored name of a path's last segment. */
    static byte[] name(EntryPath path) {
        return path.isDirectory() ? directoryName(path.name()) : fileName(path.name());
    }

    static boolean isDirectoryName(byte[] name) {
        return name.length > 0 && name[name.length - 1] == DIRECTORY_MARK;
    }

    /** The name in a NOW key, as text; a directory's with its slash. */
    static String nameOf(byte[] nowKey) {
        return new String(nowKey, Long.BYTES, nowKey.length - Long.BYTES, StandardCharsets.UTF_8);
    }

    static String text(byte[] storedName) {
        return new String(storedName, StandardCharsets.UTF_8);
    }

    static byte[] nameBytesOf(byte[] nowKey) {
        return Arrays.copyOfRange(nowKey, Long.BYTES, nowKey.length);
    }

    /** All PAST rows of a name begin with this: zero bytes in the name are escaped, and two end it. */
    static byte[] past(long directory, byte[] name) {
        ByteBuffer key = ByteBuffer.allocate(Long.BYTES + 2 * name.length + 2).putLong(directory);
        for (byte b : name) {
            key.put(b);
            if (b == 0) {
                key.put((byte) 0xFF);
            }
        }
        return Rows.trimmed(key.put((byte) 0).put((byte) 0));
    }

    /** PAST: a version of a name; newer ones come first. */
    static byte[] past(long directory, byte[] name, long sequence) {
        return atMoment(past(directory, name), sequence);
    }

    /** What a PAST key has before the sequence: the same for all versions of a name. */
    static byte[] pastPrefixOf(byte[] pastKey) {
        return Arrays.copyOf(pastKey, pastKey.length - Long.BYTES);
    }

    static long sequenceOf(byte[] pastKey) {
        return ~ByteBuffer.wrap(pastKey, pastKey.length - Long.BYTES, Long.BYTES)
                .getLong();
    }

    /** The first key of the name with this prefix that was written at a moment or before. */
    static byte[] atMoment(byte[] pastPrefix, long moment) {
        return ByteBuffer.allocate(pastPrefix.length + Long.BYTES)
                .put(pastPrefix)
                .putLong(~moment)
                .array();
    }

    /** Behind all PAST rows of the name with this prefix: its last byte is 0, and no key has a 1 there. */
    static byte[] afterPast(byte[] prefix) {
        byte[] after = prefix.clone();
        after[after.length - 1] = 1;
        return after;
    }

    /** The name in a PAST key, as text; a directory's with its slash. */
    static String pastNameOf(byte[] pastKey) {
        ByteBuffer name = ByteBuffer.allocate(pastKey.length);
        int at = Long.BYTES;
        while (pastKey[at] != 0 || pastKey[at + 1] != 0) {
            name.put(pastKey[at]);
            at += pastKey[at] == 0 ? 2 : 1;
        }
        return new String(name.array(), 0, name.position(), StandardCharsets.UTF_8);
    }

    /**
     * The name under which a bucket's former roots stand in {@link #NOWHERE}. It holds a slash in front, which no stored name does, so
     * it is no copy's that is built aside there.
     */
    static byte[] formerBucket(String bucket) {
        return Rows.utf8("/" + bucket + "/");
    }

    /** ENDED: whose retention counts, the moment when the version may go by it, and the version's PAST key. */
    static byte[] ended(long scope, long due, byte[] pastKey) {
        return ByteBuffer.allocate(2 * Long.BYTES + pastKey.length)
                .putLong(scope)
                .putLong(due)
                .put(pastKey)
                .array();
    }

    static long scopeOf(byte[] endedKey) {
        return ByteBuffer.wrap(endedKey).getLong();
    }

    static long dueOf(byte[] endedKey) {
        return ByteBuffer.wrap(endedKey, Long.BYTES, Long.BYTES).getLong();
    }

    static byte[] pastKeyOf(byte[] endedKey) {
        return Arrays.copyOfRange(endedKey, 2 * Long.BYTES, endedKey.length);
    }

    static long directoryOf(byte[] nowOrPastKey) {
        return ByteBuffer.wrap(nowOrPastKey).getLong();
    }

    /** USAGE: a measure of everything under a directory. */
    static byte[] usage(long directory, char measure) {
        return ByteBuffer.allocate(2 + Long.BYTES)
                .put(USAGE_OF_DIRECTORY)
                .putLong(directory)
                .put((byte) measure)
                .array();
    }

    /** USAGE: how many versions a bucket keeps beside the current ones. */
    static byte[] kept(long scope) {
        return ByteBuffer.allocate(1 + Long.BYTES)
                .put(KEPT_OF_BUCKET)
                .putLong(scope)
                .array();
    }

    static byte[] bucket(String name) {
        return Rows.utf8(name);
    }
}
