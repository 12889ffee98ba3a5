package io.varve.storage.chunkstore;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.metadata.Family;
import io.varve.storage.segment.SegmentLease;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one ingest holds until its content has a name: in memory a lease on every chunk not yet published, in the store a
 * reference on every published manifest page that no other page holds yet. The latter lets content of any size be published in
 * bounded commits; rows a crash leaves behind are undone when the store opens.
 *
 * <p>Not thread-safe; handed from the writer to the committer's thread by the committer's queue.
 */
final class IngestLease {
    private static final Logger LOG = LoggerFactory.getLogger(IngestLease.class);

    private final long id;
    private final ChunkPublisher publisher;
    private final SegmentLease segments;
    private final Committer committer;

    /** Chunks prepared and not yet published, in the order of their first use. */
    private final Map<Fingerprint, PreparedChunk> pending = new LinkedHashMap<>();

    /** Whether the store gets a chunk by this ingest. */
    private boolean brings;

    /** References on published pages that LEASES rows hold. */
    private final Map<Fingerprint, Integer> held = new HashMap<>();

    IngestLease(long id, ChunkPublisher publisher, SegmentLease segments, Committer committer) {
        this.id = id;
        this.publisher = publisher;
        this.segments = segments;
        this.committer = committer;
    }

    /** Where this ingest appends: the segments stay as long as it holds them. */
    SegmentLease segments() {
        return segments;
    }

    /** Takes charge of a chunk. One that is in charge already costs only the lease that came with it. */
    void hold(PreparedChunk chunk) {
        PreparedChunk first = pending.putIfAbsent(chunk.fingerprint(), chunk);
        if (first != null) {
            publisher.discard(chunk);
        }
    }

    /** The chunk, if it is in charge and not yet published. */
    boolean isPending(Fingerprint chunk) {
        return pending.containsKey(chunk);
    }

    /** Publishes a finished page with the chunks it lists, and holds it in their place. Returns when it is durable; the page's own lease ends. */
    void commitPage(PreparedChunk page, List<ManifestChild> children) throws IOException {
        try {
            publishPage(page, children);
        } finally {
            publisher.discard(page);
        }
    }

    private void publishPage(PreparedChunk page, List<ManifestChild> children) throws IOException {
        List<PreparedChunk> chunks = pendingOf(children);
        Map<Fingerprint, Integer> released = new HashMap<>();
        for (ManifestChild child : children) {
            if (child.page() && held.containsKey(child.fingerprint())) {
                released.merge(child.fingerprint(), 1, Integer::sum);
            }
        }
        committer.commit(commit -> {
            ReferenceChanges changes = new ReferenceChanges();
            for (PreparedChunk chunk : chunks) {
                brings |= publisher.publish(commit, chunk);
            }
            if (publisher.publish(commit, page)) {
                changes.add(children, 1);
            }
            changes.add(page.fingerprint(), 1);
            putRow(commit, page.fingerprint(), held.getOrDefault(page.fingerprint(), 0) + 1);
            released.forEach((fingerprint, count) -> {
                changes.add(fingerprint, -count);
                putRow(commit, fingerprint, held.getOrDefault(fingerprint, 0) - count);
            });
            changes.stage(commit);
            return true;
        });
        held.merge(page.fingerprint(), 1, Integer::sum);
        released.forEach((fingerprint, count) -> held.computeIfPresent(
                fingerprint, (ignored, before) -> before - count == 0 ? null : Integer.valueOf(before - count)));
        chunks.forEach(chunk -> {
            pending.remove(chunk.fingerprint());
            publisher.discard(chunk);
        });
    }

    /** Stages what is pending and one reference on every child of the root, in the place of everything held. */
    void publish(Commit commit, Content content) throws IOException {
        for (PreparedChunk chunk : pending.values()) {
            brings |= publisher.publish(commit, chunk);
        }
        ReferenceChanges changes = new ReferenceChanges();
        changes.add(content.children(), 1);
        held.forEach((page, count) -> {
            changes.add(page, -count);
            commit.delete(Family.LEASES, ChunkKeys.lease(id, page));
        });
        changes.stage(commit);
    }

    /** The content is made of what others brought, which waits for its encoding since it has a name. */
    void joins() {
        brings = true;
    }

    /** Stages that the version's chunks wait for a better encoding, unless the store had all of them. */
    void awaitEncoding(Commit commit, Content content, Content previous) {
        if (brings) {
            WaitingVersion.stage(commit, content, previous);
        }
    }

    /** The content has a name now. */
    void spent() {
        pending.values().forEach(publisher::discard);
        pending.clear();
        held.clear();
        segments.close();
    }

    /** Gives everything back: what was not published is garbage in its segment, what was becomes a candidate. */
    void giveUp() {
        pending.values().forEach(publisher::discard);
        pending.clear();
        segments.close();
        if (held.isEmpty()) {
            return;
        }
        Map<Fingerprint, Integer> pages = Map.copyOf(held);
        held.clear();
        try {
            committer.commit(commit -> {
                ReferenceChanges changes = new ReferenceChanges();
                pages.forEach((page, count) -> {
                    changes.add(page, -count);
                    commit.delete(Family.LEASES, ChunkKeys.lease(id, page));
                });
                changes.stage(commit);
                return true;
            });
        } catch (IOException e) {
            LOG.info("A given-up upload is undone at the next start: {}", e.getMessage());
        }
    }

    private List<PreparedChunk> pendingOf(List<ManifestChild> children) {
        Map<Fingerprint, PreparedChunk> found = new LinkedHashMap<>();
        for (ManifestChild child : children) {
            PreparedChunk chunk = pending.get(child.fingerprint());
            if (chunk != null) {
                found.put(child.fingerprint(), chunk);
            }
        }
        return new ArrayList<>(found.values());
    }

    private void putRow(Commit commit, Fingerprint page, int count) {
        byte[] key = ChunkKeys.lease(id, page);
        if (count > 0) {
            commit.put(
                    Family.LEASES,
                    key,
                    ByteBuffer.allocate(Integer.BYTES).putInt(count).array());
        } else {
            commit.delete(Family.LEASES, key);
        }
    }
}
