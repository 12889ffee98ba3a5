package io.varve.storage.segment;

import java.io.Closeable;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The writer of each tier. Groups of commits write and sync the hot one alone; what goes to another tier is made durable by who moves it,
 * before a commit names it. So a disk of a slower tier that fails, or is full, ends the move and nothing else.
 *
 * <p>Ids are given out once for all tiers.
 */
final class SegmentWriters implements Closeable {
    /** Moves wait for the disk anyway. */
    private static final int MOVE_BUFFERS = 2;

    private final Map<Tier, SegmentWriter> writers = new EnumMap<>(Tier.class);
    private final AtomicInteger nextId;

    /** Begins one segment in a tier. */
    @FunctionalInterface
    interface Maker {
        SegmentWriter writer(Tier tier, SegmentOptions options, AtomicInteger nextId);
    }

    SegmentWriters(SegmentPlaces places, SegmentCatalog catalog, SegmentOptions options, Maker maker) {
        this.nextId = new AtomicInteger(catalog.nextId());
        SegmentOptions slower = options.withWriteBuffers(MOVE_BUFFERS, options.writeBufferBytes());
        for (Tier tier : places.tiers()) {
            writers.put(tier, maker.writer(tier, tier == Tier.HOT ? options : slower, nextId));
        }
    }

    void beginAfter(int id) {
        nextId.accumulateAndGet(Math.incrementExact(id), Math::max);
    }

    SegmentWriter hot() {
        return of(Tier.HOT);
    }

    SegmentWriter of(Tier tier) {
        return Objects.requireNonNull(writers.get(tier), "There is no such tier.");
    }

    /** Ends the open segments and makes them durable. */
    void seal() throws IOException {
        for (Map.Entry<Tier, SegmentWriter> each : writers.entrySet()) {
            each.getValue().seal();
            end(each.getKey(), each.getValue()::sync);
        }
    }

    @Override
    public void close() throws IOException {
        for (Map.Entry<Tier, SegmentWriter> each : writers.entrySet()) {
            if (each.getKey() != Tier.HOT) {
                end(each.getKey(), each.getValue()::close);
            }
        }
        hot().close();
    }

    /** How a segment's writing ends. */
    private interface End {
        void run() throws IOException;
    }

    /** Of a slower tier nothing counts that is not durable already, so a failure there is nobody's loss: the next move will tell it. */
    private static void end(Tier tier, End end) throws IOException {
        try {
            end.run();
        } catch (IOException e) {
            if (tier == Tier.HOT) {
                throw e;
            }
        }
    }

    boolean isOpen(int id) {
        return writers.values().stream().anyMatch(writer -> writer.isOpen(id));
    }

    void awaitWritten(int id, long end) {
        writers.values().forEach(writer -> writer.awaitWritten(id, end));
    }

    long writtenEnd(int id, long fileBytes) {
        long end = fileBytes;
        for (SegmentWriter writer : writers.values()) {
            end = writer.writtenEnd(id, end);
        }
        return end;
    }

    boolean isIntact(SegmentAddress address) {
        return writers.values().stream().allMatch(writer -> writer.isIntact(address));
    }

    void forget(int id) {
        writers.values().forEach(writer -> writer.forget(id));
    }

    long waitingBytes() {
        return writers.values().stream().mapToLong(SegmentWriter::waitingBytes).sum();
    }
}
