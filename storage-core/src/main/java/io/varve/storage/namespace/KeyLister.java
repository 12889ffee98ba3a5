package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * Lists a bucket's keys in S3's order: a depth-first walk of the tree, in which directories stand where their names with a slash
 * belong. Directories that cannot hold an answer are not entered, so a page costs what it tells, not what the bucket holds; with
 * the delimiter {@code /} a directory is one roll-up and never entered. For one page, one thread.
 */
final class KeyLister {
    private final MetadataView view;
    private final String bucket;
    private final ListQuery query;
    private final byte[] prefix;
    private final byte[] startAfter;
    private final List<ListPage.Item> items = new ArrayList<>();
    private String last = "";
    private String lastRollUp = "";
    private boolean truncated;

    /**
     * A directory being walked.
     *
     * @param path its key, with a slash at the end or empty
     */
    private record Frame(String path, Cursor cursor) {}

    KeyLister(MetadataView view, String bucket, ListQuery query) {
        this.view = view;
        this.bucket = bucket;
        this.query = query;
        this.prefix = utf8(query.prefix());
        this.startAfter = utf8(query.startAfter());
    }

    ListPage list(long rootDirectory) throws IOException {
        if (query.limit() <= 0) {
            return new ListPage(List.of(), false, "");
        }
        Deque<Frame> path = new ArrayDeque<>();
        try {
            path.push(frame("", rootDirectory));
            while (!path.isEmpty() && !truncated) {
                Frame frame = path.element();
                if (!frame.cursor.next()) {
                    path.pop().cursor.close();
                } else {
                    visit(path, frame);
                }
            }
        } finally {
            path.forEach(frame -> frame.cursor.close());
        }
        return new ListPage(items, truncated, truncated ? last : "");
    }

    private void visit(Deque<Frame> path, Frame frame) throws IOException {
        String key = frame.path + NameKeys.nameOf(frame.cursor.key());
        byte[] bytes = utf8(key);
        EntryRow row = EntryRow.decode(frame.cursor.value());
        if (!row.isDirectory()) {
            if (startsWith(bytes, prefix)) {
                tell(key, bytes, row);
            }
            return;
        }
        if (startsWith(bytes, prefix)) {
            if (rollsUp(key)) {
                tell(key, bytes, row);
                return;
            }
            if (row.explicit()) {
                tell(key, bytes, row);
            }
        } else if (!startsWith(prefix, bytes)) {
            return;
        }
        // Everything under it is before the marker: nothing to tell there.
        boolean passed = Arrays.compareUnsigned(bytes, startAfter) < 0 && !startsWith(startAfter, bytes);
        if (!truncated && !passed) {
            path.push(frame(key, row.directory()));
        }
    }

    private boolean rollsUp(String key) {
        return !query.delimiter().isEmpty()
                && key.indexOf(query.delimiter(), query.prefix().length()) >= 0;
    }

    private void tell(String key, byte[] bytes, EntryRow row) {
        String told = key;
        byte[] toldBytes = bytes;
        boolean rollUp = rollsUp(key);
        if (rollUp) {
            int end = key.indexOf(query.delimiter(), query.prefix().length())
                    + query.delimiter().length();
            told = key.substring(0, end);
            toldBytes = utf8(told);
            if (told.equals(lastRollUp)) {
                return;
            }
        }
        if (startAfter.length > 0 && Arrays.compareUnsigned(toldBytes, startAfter) <= 0) {
            return;
        }
        if (items.size() == query.limit()) {
            truncated = true;
            return;
        }
        last = told;
        if (rollUp) {
            lastRollUp = told;
            items.add(new ListPage.Prefix(told));
        } else {
            items.add(new ListPage.Key(row.at(new EntryPath(bucket, key))));
        }
    }

    /** Opens a directory at the first name that can lead to an answer, and up to the last. */
    private Frame frame(String path, long directory) throws IOException {
        byte[] pathBytes = utf8(path);
        byte[] wanted = below(pathBytes, prefix);
        byte[] after = below(pathBytes, startAfter);
        byte[] first = Arrays.compareUnsigned(wanted, after) >= 0 ? wanted : after;
        byte[] from = NameKeys.now(directory, firstSegment(first));
        byte[] end = afterPrefix(NameKeys.now(directory, firstSegment(wanted)));
        return new Frame(path, view.scan(Family.NOW, from, end));
    }

    /** What of a key lies below a directory; empty if the key lies elsewhere. */
    static byte[] below(byte[] path, byte[] key) {
        return startsWith(key, path) ? Arrays.copyOfRange(key, path.length, key.length) : new byte[0];
    }

    static byte[] firstSegment(byte[] key) {
        for (int i = 0; i < key.length; i++) {
            if (key[i] == '/') {
                return Arrays.copyOf(key, i + 1);
            }
        }
        return key;
    }

    static byte[] afterPrefix(byte[] prefix) {
        byte[] after = prefix.clone();
        for (int i = after.length - 1; i >= 0; i--) {
            if (after[i] != (byte) 0xFF) {
                after[i]++;
                return Arrays.copyOf(after, i + 1);
            }
        }
        throw new IllegalStateException("a directory id of all ones");
    }

    static boolean startsWith(byte[] bytes, byte[] start) {
        return bytes.length >= start.length && Arrays.mismatch(bytes, 0, start.length, start, 0, start.length) < 0;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
