package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.IoFutures;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Chunks that are being read now: however many ask for one that no cache has, it is fetched and decoded once, and the others wait for it. Each
 * reads first what it has to read by itself and waits then, so nobody waits in a circle. Thread-safe.
 */
final class SharedReads {
    private final Map<Fingerprint, CompletableFuture<byte[]>> underWay = new ConcurrentHashMap<>();
    private final LongAdder joined = new LongAdder();

    /** Where chunks are read. */
    @FunctionalInterface
    interface Source {
        /** All of these chunks, decoded, not to be changed. */
        Map<Fingerprint, byte[]> read(Set<Fingerprint> chunks) throws IOException;
    }

    /**
     * Reads chunks, as far as nobody else does.
     *
     * @return their bytes, not to be changed
     * @throws IOException what the source threw; what another reader met is no reason: then this one tries by itself
     */
    Map<Fingerprint, byte[]> read(Set<Fingerprint> chunks, Source source) throws IOException {
        // In the order asked for, in which they will lie in memory.
        Map<Fingerprint, CompletableFuture<byte[]>> mine = new LinkedHashMap<>();
        Map<Fingerprint, CompletableFuture<byte[]>> others = new HashMap<>();
        for (Fingerprint chunk : chunks) {
            CompletableFuture<byte[]> begun = new CompletableFuture<>();
            CompletableFuture<byte[]> other = underWay.putIfAbsent(chunk, begun);
            if (other == null) {
                mine.put(chunk, begun);
            } else {
                others.put(chunk, other);
            }
        }
        Map<Fingerprint, byte[]> read = new HashMap<>();
        if (!mine.isEmpty()) {
            read.putAll(lead(mine, source));
        }
        if (!others.isEmpty()) {
            joined.add(others.size());
            Set<Fingerprint> failed = await(others, read);
            read.putAll(failed.isEmpty() ? Map.of() : source.read(failed));
        }
        return read;
    }

    private Map<Fingerprint, byte[]> lead(Map<Fingerprint, CompletableFuture<byte[]>> mine, Source source)
            throws IOException {
        try {
            Map<Fingerprint, byte[]> read = source.read(mine.keySet());
            mine.forEach((chunk, waiting) -> waiting.complete(read.get(chunk)));
            return read;
        } catch (IOException | RuntimeException | Error e) {
            mine.values().forEach(waiting -> waiting.completeExceptionally(e));
            throw e;
        } finally {
            mine.forEach(underWay::remove);
        }
    }

    private static Set<Fingerprint> await(
            Map<Fingerprint, CompletableFuture<byte[]>> others, Map<Fingerprint, byte[]> read) {
        Set<Fingerprint> failed = new HashSet<>();
        others.forEach((chunk, begun) -> {
            try {
                read.put(chunk, IoFutures.join(begun));
            } catch (IOException | RuntimeException | Error e) {
                // Its reader may have been interrupted, or met something in another chunk of its batch.
                failed.add(chunk);
            }
        });
        return failed;
    }

    /** How many chunks were not read, because another reader had them on their way. */
    long joined() {
        return joined.sum();
    }
}
