package io.varve.app.server;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.varve.storage.StorageEngine;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How the store is.
 *
 * @param status {@value #UP}, {@value #DEGRADED} or {@value #DOWN}
 * @param reason why it is not up, a sentence
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Health(String status, @Nullable String reason) {
    static final String UP = "UP";

    /** It works, and something should be done. */
    static final String DEGRADED = "DEGRADED";

    /** It takes no changes. */
    static final String DOWN = "DOWN";

    static Health of(StorageEngine engine) throws IOException {
        Optional<String> refusal = engine.refusal();
        if (refusal.isPresent()) {
            return new Health(DOWN, refusal.get());
        }
        if (!engine.hasSpace()) {
            return new Health(DEGRADED, "The disk is as good as full: reading and deleting work, writing is refused.");
        }
        long damaged = engine.damagedChunks();
        if (damaged > 0) {
            return new Health(DEGRADED, damaged + " chunks are damaged: ./varve scrub names the files.");
        }
        Optional<String> mirror = engine.mirror().trouble();
        if (mirror.isPresent()) {
            return new Health(
                    DEGRADED, "The mirror is stale: what is written now lies in one place only. " + mirror.get());
        }
        List<String> stopped = engine.tiers().stopped();
        if (!stopped.isEmpty()) {
            return new Health(DEGRADED, String.join(" ", stopped));
        }
        return engine.diskCache()
                .trouble()
                .map(trouble -> new Health(DEGRADED, trouble))
                .orElseGet(() -> new Health(UP, null));
    }
}
