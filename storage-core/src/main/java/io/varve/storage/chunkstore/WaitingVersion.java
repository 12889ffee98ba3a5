package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * A version that waits for a better encoding: a row of the WAITING family, written in the commit that published it. First it waits to
 * have its chunks, and those it replaces, stored as differences; then for what is left to be framed. Rows are in the order of their
 * commits, so files that arrived together are framed together.
 *
 * <p>It holds no reference. If the version, or the one before it, is gone when its turn comes, there is nothing to do.
 *
 * @param stage what it waits for
 * @param sequence the commit that published it
 * @param tag tells it from others of the same commit
 * @param position how many bytes of the content were gone through
 * @param content the version
 * @param previous the version it followed; empty if none
 */
record WaitingVersion(Stage stage, long sequence, long tag, long position, Content content, Content previous) {
    /** What a version waits for; the ids are on disk. */
    enum Stage {
        DELTAS((byte) 1),
        FRAMES((byte) 2);

        private final byte id;

        Stage(byte id) {
            this.id = id;
        }
    }

    /** Stages the row of a new version. Two versions of one commit have the same row only if they are the same. */
    static void stage(Commit commit, Content content, Content previous) {
        if (!content.children().isEmpty()) {
            byte[] value = encode(0, content, previous);
            long tag = Fingerprint.of(value, 0, value.length).a();
            commit.put(Family.WAITING, key(Stage.DELTAS, commit.sequence(), tag), value);
        }
    }

    /**
     * The first version that waits in a stage.
     *
     * @param sequenceMax the newest commit that is due
     * @param after empty for the first of all; else the version to begin behind
     */
    static Optional<WaitingVersion> next(
            MetadataView view, Stage stage, long sequenceMax, Optional<WaitingVersion> after) throws IOException {
        byte[] from = after.isEmpty()
                ? new byte[] {stage.id}
                : Arrays.copyOf(after.get().key(), after.get().key().length + 1);
        try (Cursor rows = view.scan(Family.WAITING, from, new byte[] {(byte) (stage.id + 1)})) {
            if (!rows.next() || ByteBuffer.wrap(rows.key()).getLong(1) > sequenceMax) {
                return Optional.empty();
            }
            return Optional.of(decode(stage, rows.key(), rows.value()));
        }
    }

    private byte[] key() {
        return key(stage, sequence, tag);
    }

    private static byte[] key(Stage stage, long sequence, long tag) {
        return ByteBuffer.allocate(1 + 2 * Long.BYTES)
                .put(stage.id)
                .putLong(sequence)
                .putLong(tag)
                .array();
    }

    /** How many wait, of either stage. */
    static long count(MetadataView view) throws IOException {
        long count = 0;
        try (Cursor rows = view.scan(Family.WAITING, new byte[0], null)) {
            while (rows.next()) {
                count++;
            }
        }
        return count;
    }

    /** Whether there is more of it to go through. */
    boolean isOpen() {
        return position < content.length();
    }

    WaitingVersion at(long next) {
        return new WaitingVersion(stage, sequence, tag, next, content, previous);
    }

    /** Stages how far it was gone through, or that it waits no more in this stage. */
    void stageProgress(Commit commit) throws IOException {
        if (commit.get(Family.WAITING, key()) == null) {
            return;
        }
        if (isOpen()) {
            commit.put(Family.WAITING, key(), encode(position, content, previous));
            return;
        }
        commit.delete(Family.WAITING, key());
        if (stage == Stage.DELTAS) {
            commit.put(Family.WAITING, key(Stage.FRAMES, sequence, tag), encode(0, content, previous));
        }
    }

    /** Stages that it waits no more at all. */
    void stageDropped(Commit commit) {
        commit.delete(Family.WAITING, key());
    }

    private static byte[] encode(long position, Content content, Content previous) {
        ByteBuffer value = ByteBuffer.allocate(Varint.BYTES_MAX
                + ManifestPage.bytesMax(content.children().size())
                + ManifestPage.bytesMax(previous.children().size()));
        Varint.write(value, position);
        ManifestPage.encode(content.children(), value);
        ManifestPage.encode(previous.children(), value);
        return Arrays.copyOf(value.array(), value.position());
    }

    private static WaitingVersion decode(Stage stage, byte[] key, byte[] value) throws CorruptionException {
        ByteBuffer place = ByteBuffer.wrap(key, 1, 2 * Long.BYTES);
        ByteBuffer source = ByteBuffer.wrap(value);
        long position = Varint.read(source);
        Content content = new Content(ManifestPage.decode(source, Content.CHILDREN_MAX));
        Content previous = new Content(ManifestPage.decode(source, Content.CHILDREN_MAX));
        return new WaitingVersion(stage, place.getLong(), place.getLong(), position, content, previous);
    }
}
