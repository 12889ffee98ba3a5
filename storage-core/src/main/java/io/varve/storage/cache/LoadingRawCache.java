package io.varve.storage.cache;

import io.varve.storage.compression.Codec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/**
 * A {@link RawCache} before a source of its values.
 *
 * <p>However many ask for a key that is missing, the source is asked once. That the source has none is remembered, too, for a time of its
 * own, so that asking for what does not exist does not reach the source again and again. Times to live differ a little from entry to
 * entry: what was loaded together does not expire together. Thread-safe.
 */
public final class LoadingRawCache {
    /** The byte before a value, and the one that stands for none. */
    private static final byte PRESENT = 1;

    private static final byte ABSENT = 0;

    private final RawCache cache;
    private final Source source;
    private final Rules rules;
    private final RandomGenerator random;
    private final Map<ByteBuffer, CompletableFuture<Optional<byte[]>>> loading = new ConcurrentHashMap<>();
    private final LongAdder loads = new LongAdder();

    /** Where values come from. */
    @FunctionalInterface
    public interface Source {
        /** The value of a key; empty if there is none. */
        Optional<byte[]> load(byte[] key) throws IOException;
    }

    /**
     * How long what was loaded is kept.
     *
     * @param present values
     * @param absent that there is no value
     * @param jitterPercent by how much a time may be shorter, 0 to 90
     * @param codec how values are compressed
     */
    public record Rules(Duration present, Duration absent, int jitterPercent, Codec codec) {
        public Rules {
            if (jitterPercent < 0 || jitterPercent > 90) {
                throw new IllegalArgumentException("Times differ by 0 to 90 percent.");
            }
        }
    }

    public LoadingRawCache(RawCache cache, Source source, Rules rules, RandomGenerator random) {
        this.cache = cache;
        this.source = source;
        this.rules = rules;
        this.random = random;
    }

    /**
     * The value of a key, from the cache or the source.
     *
     * @throws IOException if the source threw it, for whoever of those that wait asked first; nothing is remembered then
     */
    public Optional<byte[]> get(byte[] key) throws IOException {
        byte[] kept = cache.get(key);
        if (kept != null && kept.length > 0) {
            return kept[0] == PRESENT ? Optional.of(withoutMark(kept)) : Optional.empty();
        }
        ByteBuffer name = ByteBuffer.wrap(key.clone());
        CompletableFuture<Optional<byte[]>> mine = new CompletableFuture<>();
        CompletableFuture<Optional<byte[]>> other = loading.putIfAbsent(name, mine);
        if (other != null) {
            return await(other);
        }
        try {
            mine.complete(load(key));
        } catch (IOException | RuntimeException | Error e) {
            mine.completeExceptionally(e);
        } finally {
            loading.remove(name, mine);
        }
        return await(mine);
    }

    private Optional<byte[]> load(byte[] key) throws IOException {
        loads.increment();
        Optional<byte[]> value = source.load(key);
        byte[] bytes = value.orElseGet(() -> new byte[0]);
        ByteBuffer marked = ByteBuffer.allocate(1 + bytes.length);
        marked.put(value.isPresent() ? PRESENT : ABSENT).put(bytes).flip();
        Duration time = shortened(value.isPresent() ? rules.present : rules.absent);
        cache.set(key, marked, new RawCache.Keeping(Optional.of(time), "", rules.codec));
        return value;
    }

    private Duration shortened(Duration time) {
        long most = time.toMillis() * rules.jitterPercent / 100;
        return Duration.ofMillis(Math.max(1, time.toMillis() - (most == 0 ? 0 : random.nextLong(most + 1))));
    }

    private static byte[] withoutMark(byte[] kept) {
        return Arrays.copyOfRange(kept, 1, kept.length);
    }

    private static Optional<byte[]> await(CompletableFuture<Optional<byte[]>> loaded) throws IOException {
        try {
            return loaded.get();
        } catch (ExecutionException e) {
            throw new IOException("The source of a cache failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while a value was loaded.", e);
        }
    }

    /** How often the source was asked. */
    public long loads() {
        return loads.sum();
    }
}
