package io.varve.storage.namespace;

import java.util.ArrayList;
import java.util.List;

/**
 * The address of an entry: a bucket and a key in it.
 *
 * <p>The key is exactly an S3 key. {@code "a/b"} names the file {@code b} in the directory {@code
 * a/}, {@code "a/b/"} names a directory, and the empty key names the bucket's root directory.
 * Every key is legal here that S3 allows, also {@code "a//b"}, {@code "/a"} or {@code "a/../b"};
 * which of them a file system client may see is {@link #isLegalTreePath()}.
 *
 * @param bucket the bucket's name, not empty
 * @param key the key in the bucket, without a leading slash of its own meaning; may be empty
 */
public record EntryPath(String bucket, String key) {

    /** The longest key in bytes of UTF-8: WebDAV trees may go deeper than S3's 1,024. */
    public static final int KEY_BYTES_MAX = 8192;

    /** The longest name of one path segment in bytes of UTF-8; S3 keys have no slash to need. */
    public static final int NAME_BYTES_MAX = 1024;

    public EntryPath {
        if (bucket.isEmpty()) {
            throw new IllegalArgumentException("a path needs a bucket");
        }
    }

    /** The root directory of a bucket. */
    public static EntryPath root(String bucket) {
        return new EntryPath(bucket, "");
    }

    public boolean isRoot() {
        return key.isEmpty();
    }

    /** Whether this path names a directory: the root, or a key that ends with a slash. */
    public boolean isDirectory() {
        return key.isEmpty() || key.charAt(key.length() - 1) == '/';
    }

    /** The same name as a directory. */
    public EntryPath asDirectory() {
        return isDirectory() ? this : new EntryPath(bucket, key + "/");
    }

    /**
     * The same name as a file.
     *
     * @throws IllegalStateException for the root, which has no name
     */
    public EntryPath asFile() {
        if (isRoot()) {
            throw new IllegalStateException("the root of " + bucket + " is no file");
        }
        return isDirectory() ? new EntryPath(bucket, key.substring(0, key.length() - 1)) : this;
    }

    /** The last segment, without a trailing slash; empty for the root. */
    public String name() {
        int end = isDirectory() && !isRoot() ? key.length() - 1 : key.length();
        return key.substring(key.lastIndexOf('/', end - 1) + 1, end);
    }

    /** The directory that holds this entry; the root is its own parent. */
    public EntryPath parent() {
        int end = isDirectory() && !isRoot() ? key.length() - 1 : key.length();
        return new EntryPath(bucket, key.substring(0, key.lastIndexOf('/', end - 1) + 1));
    }

    /**
     * The child of this directory with that name.
     *
     * @param name a segment; with a trailing slash it names a directory
     */
    public EntryPath child(String name) {
        return new EntryPath(bucket, asDirectory().key + name);
    }

    /** The segments from the root on, without slashes: {@code "a/b/"} gives {@code [a, b]}. */
    public List<String> segments() {
        List<String> segments = new ArrayList<>();
        int start = 0;
        for (int slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', start)) {
            segments.add(key.substring(start, slash));
            start = slash + 1;
        }
        if (start < key.length()) {
            segments.add(key.substring(start));
        }
        return segments;
    }

    /** Whether a file system can show this path: no empty segment, no {@code .} and no {@code ..}. */
    public boolean isLegalTreePath() {
        return segments().stream()
                .noneMatch(s -> s.isEmpty() || ".".equals(s) || "..".equals(s) || s.indexOf('\0') >= 0);
    }

    /** Whether this directory is {@code other} or one of its ancestors. */
    public boolean contains(EntryPath other) {
        return isDirectory() && bucket.equals(other.bucket) && other.key.startsWith(key);
    }

    @Override
    public String toString() {
        return bucket + "/" + key;
    }
}
