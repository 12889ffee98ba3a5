package io.varve.storage;

import io.varve.storage.chunking.ChunkingParameters;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How a store is opened.
 *
 * @param dataDirectory where everything lies; made if missing
 * @param chunking fixed when the store is made
 * @param root the configured root user; empty: one with a random password is made at the first start
 * @param history how long overwritten and deleted versions stay readable; zero for none, negative for ever
 * @param freeSpaceReserveBytes writes are refused when the disk has less than this free, so that deleting still works
 * @param ingestBytes memory for arriving content
 * @param prefetchBytes memory for chunks read ahead of their readers
 * @param metadataCacheBytes memory outside the heap for the metadata store's cache
 * @param background how background work is done
 */
public record EngineSettings(
        Path dataDirectory,
        ChunkingParameters chunking,
        Optional<RootUser> root,
        Duration history,
        long freeSpaceReserveBytes,
        long ingestBytes,
        int prefetchBytes,
        long metadataCacheBytes,
        Background background) {

    /**
     * How background work is done.
     *
     * @param interval the pause between two rounds
     * @param compactBelowPercent segments whose live share is below this are rewritten, 0 to 100; 0 for never
     * @param bytesPerSecond how fast chunks may be moved when nobody waits for it
     */
    public record Background(Duration interval, int compactBelowPercent, long bytesPerSecond) {
        public static final Background DEFAULT = new Background(Duration.ofSeconds(30), 60, 64L << 20);
    }

    /** Name and password of the root user. */
    public record RootUser(String name, String password) {
        @Override
        public String toString() {
            return "RootUser[" + name + "]";
        }
    }

    /** The defaults for a data directory. */
    public static EngineSettings of(Path dataDirectory) {
        return new EngineSettings(
                dataDirectory,
                ChunkingParameters.DEFAULT,
                Optional.empty(),
                Duration.ofDays(30),
                256L << 20,
                48L << 20,
                32 << 20,
                64L << 20,
                Background.DEFAULT);
    }

    public EngineSettings withRoot(RootUser user) {
        return new EngineSettings(
                dataDirectory,
                chunking,
                Optional.of(user),
                history,
                freeSpaceReserveBytes,
                ingestBytes,
                prefetchBytes,
                metadataCacheBytes,
                background);
    }

    public EngineSettings withHistory(Duration kept) {
        return new EngineSettings(
                dataDirectory,
                chunking,
                root,
                kept,
                freeSpaceReserveBytes,
                ingestBytes,
                prefetchBytes,
                metadataCacheBytes,
                background);
    }
}
