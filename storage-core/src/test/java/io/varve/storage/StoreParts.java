package io.varve.storage;

import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.chunkstore.ChunkStore;
import io.varve.storage.chunkstore.DecodedChunks;
import io.varve.storage.commit.Committer;
import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.commit.Recovery;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.journal.Checkpoints;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalOptions;
import io.varve.storage.metadata.MemoryMetadataStore;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.SegmentOptions;
import io.varve.storage.segment.SegmentPlaces;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * The engine's parts put together over devices of the test's choice, with metadata in memory, so that every opening is a rebuild
 * from the journal, and a clock that the test moves.
 */
public abstract class StoreParts implements AutoCloseable {
    /** Small chunks and pages come soon: 1 MiB has some hundred chunks. */
    public static final ChunkingParameters CHUNKING = ChunkingParameters.rabinKarp(1 << 10, 4 << 10, 16 << 10);

    public static final UUID STORE = new UUID(0x5641525645L, 1);

    final Journal journal;
    final Checkpoints checkpoints;
    final SegmentStore segments;
    final MetadataStore metadata;
    final Committer committer;
    final ChunkStore chunks;
    final Namespace namespace;
    private Instant now;

    StoreParts(
            DeviceDirectory journalFiles,
            SegmentPlaces places,
            Optional<DeviceDirectory> segmentMirror,
            RetentionPolicy retention,
            Instant now,
            Sealing sealing)
            throws IOException {
        this.now = now;
        this.segments = SegmentStore.open(
                places,
                STORE,
                SegmentOptions.defaults()
                        .withPayloadBytesMax(64 << 10)
                        .withSegmentBytes(1 << 20)
                        .withWriteBuffers(4, 64 << 10)
                        .withReadBufferBytes(4 << 20),
                segmentMirror,
                sealing);
        this.journal = Journal.open(journalFiles, STORE, JournalOptions.defaults(), sealing);
        this.checkpoints = Checkpoints.open(journalFiles, Optional.empty(), STORE, sealing);
        Recovery.Result recovered =
                Recovery.recover(journal, checkpoints, new MemorySource(), ChunkStore.tailCheck(segments));
        this.metadata = recovered.metadata();
        this.committer = Committer.start(journal, segments, metadata, () -> this.now, recovered.lastSequence());
        this.chunks = new ChunkStore(
                committer,
                segments,
                CHUNKING,
                new ChunkStore.Limits(8 << 20, 4 << 20, 1 << 20, 1 << 30),
                new DecodedChunks(Optional::empty, Sealing.NONE));
        chunks.undoAbandonedIngests();
        this.namespace = new Namespace(committer, chunks, () -> this.now, retention, () -> {});
    }

    public Namespace namespace() {
        return namespace;
    }

    public ChunkStore chunks() {
        return chunks;
    }

    public Committer committer() {
        return committer;
    }

    public SegmentStore segments() {
        return segments;
    }

    public Journal journal() {
        return journal;
    }

    public MetadataStore metadata() {
        return metadata;
    }

    public Instant now() {
        return now;
    }

    public void advance(Duration by) {
        now = now.plus(by);
    }

    public MetadataCheckpoints metadataCheckpoints() {
        return new MetadataCheckpoints(committer, journal, checkpoints, metadata);
    }

    @Override
    public void close() throws IOException {
        try (segments;
                journal;
                metadata;
                committer) {
            chunks.repair().close();
        }
    }

    private static final class MemorySource implements Recovery.MetadataSource {
        @Override
        public MetadataStore open() {
            return new MemoryMetadataStore();
        }

        @Override
        public void erase() {}
    }
}
