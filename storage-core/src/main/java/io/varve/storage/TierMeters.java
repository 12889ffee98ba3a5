package io.varve.storage;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Shows the tiers' figures as meters; their names and meaning stand in {@code docs/operations.md}. */
final class TierMeters {
    /** One look serves all figures of a scrape. */
    private static final long FRESH_NANOS = 1_000_000_000;

    private final TierMoves moves;
    private List<TierMoves.Place> places = List.of();
    private long lookedAt;

    private TierMeters(TierMoves moves) {
        this.moves = moves;
    }

    static void bind(StorageEngine engine, MeterRegistry meters) {
        TierMoves moves = engine.tiers();
        Gauge.builder("varve.tiers", engine, e -> e.segments().tiers().size())
                .description("How many tiers there are; 1 if all is hot")
                .register(meters);
        TierMeters figures = new TierMeters(moves);
        for (Tier tier : engine.segments().tiers()) {
            place(meters, "varve.tier.bytes", "What chunks take in the tier", figures, tier, p -> p.chunkBytes());
            place(meters, "varve.tier.chunks", "Chunks in the tier when last counted", figures, tier, p -> p.chunks());
            place(meters, "varve.tier.file.bytes", "Size of its segment files", figures, tier, p -> p.fileBytes());
            place(meters, "varve.tier.free.bytes", "Free space on its disk", figures, tier, p -> p.freeBytes());
        }
        counter(meters, "varve.tier.moved.chunks", "up", "Chunks moved between tiers", moves, TierMoves::chunksUp);
        counter(meters, "varve.tier.moved.chunks", "down", "Chunks moved between tiers", moves, TierMoves::chunksDown);
        counter(meters, "varve.tier.moved.bytes", "up", "What those took", moves, TierMoves::bytesUp);
        counter(meters, "varve.tier.moved.bytes", "down", "What those took", moves, TierMoves::bytesDown);
        FunctionCounter.builder("varve.tier.saved.bytes", moves, TierMoves::bytesSaved)
                .description("What they take less in slower tiers")
                .register(meters);
        Gauge.builder("varve.tier.waiting", moves, TierMoves::wanted)
                .description("Records read in slower tiers that the next round brings back")
                .register(meters);
        Gauge.builder("varve.tier.stopped", moves, m -> m.stopped().size())
                .description("Tiers to which the last round could not move everything")
                .register(meters);
        Gauge.builder(
                        "varve.tier.ended.seconds",
                        moves,
                        m -> m.lastEnded().map(Instant::getEpochSecond).orElse(0L))
                .description("End of the last round of moves, epoch seconds")
                .register(meters);
    }

    private static void place(
            MeterRegistry meters,
            String name,
            String description,
            TierMeters figures,
            Tier tier,
            ToDoubleFunction<TierMoves.Place> figure) {
        // The meters alone hold this, and a gauge holds what it asks weakly unless it is told.
        Gauge.builder(name, figures, f -> f.read(tier, figure))
                .strongReference(true)
                .description(description)
                .tags("tier", tier.text())
                .register(meters);
    }

    private synchronized double read(Tier tier, ToDoubleFunction<TierMoves.Place> figure) {
        try {
            long now = System.nanoTime();
            if (places.isEmpty() || now - lookedAt > FRESH_NANOS) {
                places = moves.tiers();
                lookedAt = now;
            }
            return places.stream()
                    .filter(place -> place.tier().equals(tier.text()))
                    .mapToDouble(figure)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    private static void counter(
            MeterRegistry meters,
            String name,
            String direction,
            String description,
            TierMoves moves,
            ToDoubleFunction<TierMoves> figure) {
        FunctionCounter.builder(name, moves, figure)
                .description(description)
                .tags("direction", direction)
                .register(meters);
    }
}
