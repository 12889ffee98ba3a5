package io.varve.storage.namespace;

import io.varve.storage.commit.Commit;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Totals over all buckets, kept as counters in the USAGE family.
 *
 * @param files current files
 * @param bytes the sum of their lengths
 * @param historyVersions versions that are no longer current but still readable
 * @param historyBytes the sum of their lengths
 */
public record NamespaceTotals(long files, long bytes, long historyVersions, long historyBytes) {
    private static final byte[] FILES = key("files");
    private static final byte[] BYTES = key("file-bytes");
    private static final byte[] HISTORY_VERSIONS = key("history-versions");
    private static final byte[] HISTORY_BYTES = key("history-bytes");

    /** Reads the totals as of the view. */
    public static NamespaceTotals read(MetadataView view) throws IOException {
        return new NamespaceTotals(
                view.counter(Family.USAGE, FILES),
                view.counter(Family.USAGE, BYTES),
                view.counter(Family.USAGE, HISTORY_VERSIONS),
                view.counter(Family.USAGE, HISTORY_BYTES));
    }

    /** As counters, for a recount. */
    void record(Batch batch) {
        batch.add(Family.USAGE, FILES, files);
        batch.add(Family.USAGE, BYTES, bytes);
        batch.add(Family.USAGE, HISTORY_VERSIONS, historyVersions);
        batch.add(Family.USAGE, HISTORY_BYTES, historyBytes);
    }

    static void stageCurrent(Commit commit, long bytes, long files) {
        commit.add(Family.USAGE, BYTES, bytes);
        commit.add(Family.USAGE, FILES, files);
    }

    static void stageHistory(Commit commit, long bytes, long versions) {
        commit.add(Family.USAGE, HISTORY_BYTES, bytes);
        commit.add(Family.USAGE, HISTORY_VERSIONS, versions);
    }

    /** Store-wide keys begin with a zero byte, those of directories with a one. */
    private static byte[] key(String name) {
        return ("\0" + name).getBytes(StandardCharsets.US_ASCII);
    }
}
