package io.varve.webdav.wire;

import io.varve.storage.namespace.EntryPath;
import java.util.ArrayList;
import java.util.List;

/**
 * An address below the door: the root over all buckets, a bucket, or an entry in one.
 *
 * @param segments the decoded segments, none of them empty, {@code .} or {@code ..}; the first is a bucket
 * @param folder whether the address ended with a slash; always true for the root
 */
public record DavPath(List<String> segments, boolean folder) {

    public DavPath {
        segments = List.copyOf(segments);
    }

    /**
     * Reads the raw path below the door. Repeated slashes count as one, as clients that join addresses
     * produce them.
     *
     * @param raw empty, or beginning with a slash; percent-encoded, without query
     * @throws WireException 400 for anything that tries to leave its place: {@code .} and {@code ..}
     *     segments however spelled, an encoded slash, NUL, or bytes that are not UTF-8
     */
    public static DavPath parse(String raw) {
        List<String> segments = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= raw.length(); i++) {
            if (i == raw.length() || raw.charAt(i) == '/') {
                if (i > start) {
                    segments.add(segment(raw.substring(start, i)));
                }
                start = i + 1;
            }
        }
        return new DavPath(segments, segments.isEmpty() || raw.endsWith("/"));
    }

    private static String segment(String raw) {
        String decoded = PercentCoding.decode(raw);
        if (".".equals(decoded) || "..".equals(decoded)) {
            throw WireException.malformed("An address may not hold '.' or '..' segments.");
        }
        if (decoded.indexOf('/') >= 0 || decoded.indexOf('\0') >= 0) {
            throw WireException.malformed("An address may not hold an encoded slash or NUL.");
        }
        return decoded;
    }

    /** Whether this is the root, whose members are the buckets. */
    public boolean isRoot() {
        return segments.isEmpty();
    }

    /** Whether this is a bucket. */
    public boolean isBucket() {
        return segments.size() == 1;
    }

    /**
     * The bucket.
     *
     * @throws IllegalStateException for the root
     */
    public String bucket() {
        if (isRoot()) {
            throw new IllegalStateException("the root is in no bucket");
        }
        return segments.getFirst();
    }

    /**
     * The entry this names: a directory if the address ended with a slash or is a bucket, else a file.
     *
     * @throws IllegalStateException for the root
     */
    public EntryPath entry() {
        String key = String.join("/", segments.subList(1, segments.size()));
        return new EntryPath(bucket(), isBucket() || !folder ? key : key + "/");
    }

    /** The same address as a file's; a bucket stays what it is. */
    public DavPath asFile() {
        return isRoot() ? this : new DavPath(segments, false);
    }

    /** The same address as a folder's. */
    public DavPath asFolder() {
        return new DavPath(segments, true);
    }
}
