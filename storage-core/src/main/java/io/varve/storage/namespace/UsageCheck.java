package io.varve.storage.namespace;

import io.varve.storage.chunkstore.RecountCorrections;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Counts anew what lies under every directory, now and in history, and compares all counters of the USAGE family with what was counted. Memory
 * grows with the depth of the tree only. One thread.
 */
public final class UsageCheck {
    private static final int ROWS_AHEAD = 256;
    private static final int OPERATIONS_MAX = 10_000;

    private final Tree tree;
    private final MetadataView view;
    private final MetadataStore scratch;
    private Batch pending = new Batch();

    /**
     * Prepares a check.
     *
     * @param scratch gets in USAGE what was counted
     */
    public UsageCheck(MetadataView view, MetadataStore scratch) {
        this.tree = new Tree(view);
        this.view = view;
        this.scratch = scratch;
    }

    /** Counts: once through all that is current, and all of history. */
    public void count() throws IOException {
        long files = 0;
        long bytes = 0;
        try (Cursor buckets = view.scan(Family.BUCKETS, new byte[0], null)) {
            while (buckets.next()) {
                Usage usage = walk(BucketRow.decode(buckets.value()).rootDirectory());
                files += usage.files();
                bytes += usage.bytes();
            }
        }
        long versions = 0;
        long versionBytes = 0;
        try (Cursor past = view.scan(Family.PAST, new byte[0], null)) {
            while (past.next()) {
                PastRow row = PastRow.decode(past.value());
                if (TreeEdit.isCounted(row.row())) {
                    versions++;
                    versionBytes += row.row().content().length();
                }
                if (row.isDetachedDirectory()) {
                    Usage usage = walk(row.row().directory());
                    versions += usage.files();
                    versionBytes += usage.bytes();
                }
            }
        }
        new NamespaceTotals(files, bytes, versions, versionBytes).record(pending);
        countKept();
        scratch.apply(pending);
        pending = new Batch();
    }

    /** Versions that a bucket keeps for ever are filed so, under its scope. */
    private void countKept() throws IOException {
        try (Cursor ended = view.scan(Family.ENDED, new byte[0], null)) {
            while (ended.next()) {
                if (NameKeys.dueOf(ended.key()) == RetentionPolicy.NEVER) {
                    byte[] past = view.get(Family.PAST, NameKeys.pastKeyOf(ended.key()));
                    if (past != null && PastRow.decode(past).isKept()) {
                        add(NameKeys.kept(NameKeys.scopeOf(ended.key())), 1);
                    }
                }
            }
        }
    }

    private void add(byte[] key, long count) throws IOException {
        pending.add(Family.USAGE, key, count);
        if (pending.operations() >= OPERATIONS_MAX) {
            scratch.apply(pending);
            pending = new Batch();
        }
    }

    /** Counts a directory and all below it. */
    private Usage walk(long directory) throws IOException {
        long files = 0;
        long bytes = 0;
        String after = "";
        List<Tree.Child> children;
        do {
            children = tree.children(directory, after, ROWS_AHEAD);
            for (Tree.Child child : children) {
                after = child.name();
                EntryRow row = child.row();
                if (TreeEdit.isCounted(row)) {
                    files++;
                    bytes += row.content().length();
                }
                if (row.isDirectory()) {
                    Usage below = walk(row.directory());
                    files += below.files();
                    bytes += below.bytes();
                }
            }
        } while (children.size() == ROWS_AHEAD);
        add(NameKeys.usage(directory, Tree.FILES), files);
        add(NameKeys.usage(directory, Tree.BYTES), bytes);
        return new Usage(bytes, files);
    }

    /**
     * Compares all counters with what was counted; where there is none, it counts as 0.
     *
     * @param corrections gets what puts counters right
     * @param findings gets a sentence for everything that is wrong
     */
    public void compare(RecountCorrections corrections, Consumer<String> findings) throws IOException {
        try (Cursor stored = view.scan(Family.USAGE, new byte[0], null);
                Cursor counted = scratch.scan(Family.USAGE, new byte[0], null)) {
            boolean left = stored.next();
            boolean right = counted.next();
            while (left || right) {
                int order = !left ? 1 : !right ? -1 : Arrays.compareUnsigned(stored.key(), counted.key());
                byte[] key = order <= 0 ? stored.key() : counted.key();
                long says = order <= 0 ? view.counter(Family.USAGE, key) : 0;
                long is = order >= 0 ? scratch.counter(Family.USAGE, key) : 0;
                if (says != is) {
                    findings.accept(named(key) + ": " + says + " by its counter, but " + is + " counted");
                    corrections.usage(key, is - says, order <= 0);
                }
                left = order <= 0 ? stored.next() : left;
                right = order >= 0 ? counted.next() : right;
            }
        }
    }

    private static String named(byte[] key) {
        if (key[0] == 0 || key.length <= Long.BYTES) {
            return "the store's " + new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
        }
        long directory = ByteBuffer.wrap(key).getLong(1);
        if (key.length == NameKeys.kept(0).length) {
            return "versions kept in the history of number " + directory;
        }
        return (key[key.length - 1] == Tree.FILES ? "files" : "bytes") + " under directory " + directory;
    }
}
