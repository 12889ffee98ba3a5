package io.varve.storage.cache;

import io.varve.storage.compression.Codec;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.IoEngine;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A cache of bytes by key in one file, past the page cache where the file system allows that. It may be lost at any time: whoever uses it
 * has what is in it elsewhere. What it gives was verified in every byte; what does not verify, or cannot be read, is a miss.
 *
 * <p>Entries are appended to logs of segments, each block of which is written once; an index outside the heap says where they lie. What
 * leaves when room is needed is an eviction policy's matter. When the device fails again and again, the cache is
 * passed by for a while and says why ({@link #trouble}).
 *
 * <p><b>After a crash</b> each key has a value that it had at the last {@link #flush} or since, or none: never an older one, and never
 * another key's. Without a flush that succeeded, what was set may be gone, and what was deleted or replaced may be back.
 *
 * <p>Thread-safe. No method but {@link #flush}, {@link #clear} and {@link #close} throws for what happens to the device.
 */
public final class RawCache implements Closeable {
    /** The longest key, in bytes. */
    public static final int KEY_BYTES_MAX = 1024;

    /** The longest value, in bytes, in a cache that has eight times as much; a smaller cache takes an eighth of itself. */
    public static final int VALUE_BYTES_MAX = 256 << 20;

    private final CacheParts parts;
    private final CacheWriter writer;
    private final ValueReader reader;
    private final EntryAppender appender;
    private Closeable lock = () -> {};
    private boolean closed;

    private RawCache(CacheParts parts, CacheWriter writer) {
        this.parts = parts;
        this.writer = writer;
        this.reader = new ValueReader(parts, segment -> writer.submit(new CacheWriter.Withdraw(segment)));
        this.appender = new EntryAppender(parts, writer);
    }

    /**
     * Opens a cache, making its file and the directories above it if there are none. One process at a time has it.
     *
     * @throws IOException as below, and if another process has the file
     */
    public static RawCache open(Path file, RawCacheOptions options, InstantSource clock) throws IOException {
        return open(file, options, clock, Optional.empty());
    }

    /**
     * As above, with a way of disk access to try first.
     *
     * @param engine empty: the best for the file system
     */
    public static RawCache open(Path file, RawCacheOptions options, InstantSource clock, Optional<IoEngine.Kind> engine)
            throws IOException {
        Path absolute = file.toAbsolutePath();
        FileDeviceDirectory directory = FileDeviceDirectory.open(Objects.requireNonNull(absolute.getParent()), engine);
        CacheLock lock = CacheLock.take(absolute);
        try {
            RawCache cache = open(directory, absolute.getFileName().toString(), options, clock);
            cache.lock = lock;
            return cache;
        } catch (IOException | RuntimeException | Error e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Opens a cache, making its file if there is none.
     *
     * @throws IOException if the file cannot be read or written, or is none of this owner's; it is then left as it is
     */
    public static RawCache open(DeviceDirectory directory, String name, RawCacheOptions options, InstantSource clock)
            throws IOException {
        return open(directory, name, options, clock, true);
    }

    /** As above; without a thread of its own, everything is written by whoever puts something in. */
    static RawCache open(
            DeviceDirectory directory, String name, RawCacheOptions options, InstantSource clock, boolean threaded)
            throws IOException {
        boolean made = !directory.exists(name);
        BlockDevice device = made ? directory.create(name) : directory.open(name);
        try {
            if (made) {
                directory.sync();
            }
            return new CacheOpening(device, directory, options, clock).open(threaded);
        } catch (IOException | RuntimeException | Error e) {
            device.close();
            throw e;
        }
    }

    static RawCache of(CacheParts parts, CacheWriter writer) {
        return new RawCache(parts, writer);
    }

    /** The value of a key; null if it is not here. The array is the caller's. */
    public byte @Nullable [] get(byte[] key) {
        return reader.get(requireKey(key));
    }

    /**
     * The value of a key, in an array of the caller's: for long values, whose reader need not have a new one for each.
     *
     * @param target where it goes, from the beginning; whatever is returned, its bytes may have changed
     * @return the value's length; empty if it is not here, or longer than the array
     */
    public OptionalInt get(byte[] key, byte[] target) {
        int length = reader.get(requireKey(key), target);
        return length < 0 ? OptionalInt.empty() : OptionalInt.of(length);
    }

    /** The values of several keys, with as few waits for the device as it allows; null for those that are not here. */
    public List<byte @Nullable []> getMany(List<byte[]> keys) {
        keys.forEach(RawCache::requireKey);
        return reader.getMany(keys);
    }

    /** Whether a key seems to be here: nothing is read, so it is a guess. */
    public boolean mayContain(byte[] key) {
        return parts.index().get(EntryHeader.hash(requireKey(key))) != Slot.NONE;
    }

    /** Counts a use of what the caller had nearer at hand, so that it stays here too. */
    public void touch(byte[] key) {
        parts.use(EntryHeader.hash(key));
    }

    /**
     * How a value is kept.
     *
     * @param timeToLive after which it is no longer given out; empty for ever
     * @param tag a name by which it can be evicted together with others; empty for none
     * @param codec how it is compressed, if that makes it smaller
     */
    public record Keeping(Optional<Duration> timeToLive, String tag, Codec codec) {
        /** For ever, without a tag, as it is. */
        public static final Keeping PLAIN = new Keeping(Optional.empty(), "", Codec.RAW);

        public Keeping {
            if (timeToLive.isPresent()
                    && (timeToLive.get().isNegative() || timeToLive.get().isZero())) {
                throw new IllegalArgumentException("A time to live is longer than nothing.");
            }
        }
    }

    /**
     * Sets the value of a key, waiting a while for buffers if the device is slow. What is longer than a few batches is kept in pieces; of those a
     * reader gets all, of the same value, or none.
     *
     * @param value its bytes between position and limit, in an array
     * @return whether it was taken in; if not, the key has no value here
     */
    public boolean set(byte[] key, ByteBuffer value, Keeping keeping) {
        reader.learnPieces(EntryHeader.hash(requireKey(key)));
        return appender.put(key, value, keeping, true);
    }

    /**
     * Sets several values; see {@link #set}.
     *
     * @param values in the order of the keys
     * @return how many were taken in
     */
    public int setAll(List<byte[]> keys, List<ByteBuffer> values, Keeping keeping) {
        int taken = 0;
        for (int i = 0; i < keys.size(); i++) {
            taken += set(keys.get(i), values.get(i), keeping) ? 1 : 0;
        }
        return taken;
    }

    /**
     * Offers the value of a key that always has this value. Never waits.
     *
     * @return whether it was taken in; false also if it is here already
     */
    public boolean offer(byte[] key, ByteBuffer value, Keeping keeping) {
        return !mayContain(key) && appender.put(key, value, keeping, false);
    }

    /** Removes a key. */
    public void delete(byte[] key) {
        reader.learnPieces(EntryHeader.hash(requireKey(key)));
        appender.delete(key, CacheStatistics.Cause.DELETED);
    }

    /**
     * Makes durable what was set and deleted before.
     *
     * @throws IOException if that is not sure, now or for anything since the last flush; what was deleted may then come back after a crash
     */
    public void flush() throws IOException {
        appender.mendLoss();
        CompletableFuture<Void> done = new CompletableFuture<>();
        writer.small().submit();
        writer.main().submit();
        writer.submit(new CacheWriter.Sync(done));
        writer.pump();
        try {
            done.get();
        } catch (ExecutionException e) {
            throw new IOException("The cache could not be flushed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the cache was flushed.", e);
        }
    }

    /**
     * Removes everything, durably.
     *
     * @throws IOException if that could not be written; the cache is empty all the same, but what was in it may be back after a restart
     */
    public void clear() throws IOException {
        appender.clear();
    }

    /** What an operator does with it. */
    public CacheUpkeep upkeep() {
        return new CacheUpkeep(parts, writer, appender, reader);
    }

    /** Why the cache is passed by, or cannot take anything in; empty if it works. */
    public Optional<String> trouble() {
        if (parts.table().usable() == 0) {
            return Optional.of("The disk has no room for the cache file.");
        }
        return parts.bypass().reason();
    }

    /** What it did since it was opened. */
    public CacheStatistics statistics() {
        return parts.statistics();
    }

    /**
     * What it holds now.
     *
     * @param entries how many entries, counting each piece of what is kept in pieces
     * @param bytes how large the file may become
     * @param usedBytes bytes in segments that are full
     * @param deadBytes those of them that count no more: what fragmentation costs
     * @param segments how many segments there are
     * @param freeSegments how many are free
     * @param quarantinedSegments how many are out of use
     * @param indexBytes the index, outside the heap
     * @param memoryBytes buffers, outside the heap
     * @param queueDepth writes that wait, and reads under way
     */
    public record Contents(
            long entries,
            long bytes,
            long usedBytes,
            long deadBytes,
            int segments,
            int freeSegments,
            int quarantinedSegments,
            long indexBytes,
            long memoryBytes,
            int queueDepth) {
        /** The share of written bytes that counts no more, 0 to 1. */
        public double fragmentation() {
            return usedBytes == 0 ? 0 : (double) deadBytes / usedBytes;
        }
    }

    /** What it holds now. */
    public Contents contents() {
        SegmentTable table = parts.table();
        long[] usedAndDead = table.usedAndDead();
        return new Contents(
                parts.index().size(),
                (long) table.usable() * parts.segmentBytes(),
                usedAndDead[0],
                usedAndDead[1],
                table.usable(),
                table.freeCount(),
                table.quarantined(),
                parts.index().bytes() + parts.ghosts().bytes(),
                parts.memory().bytes()
                        + parts.pieceMemory().bytes()
                        + parts.buffers().bytes(),
                writer.depth() + reader.underWay());
    }

    /** Writes down what is there, so that the next opening is quick, and lets go of the file. Closing again does nothing. */
    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            BlockDevice device = parts.device();
            Closeable held = lock;
            try (held;
                    device) {
                writer.close();
                if (!parts.bypass().active()) {
                    writer.finish();
                }
            }
        }
    }

    private static byte[] requireKey(byte[] key) {
        if (key.length == 0 || key.length > KEY_BYTES_MAX) {
            throw new IllegalArgumentException("A key has 1 to " + KEY_BYTES_MAX + " bytes, not " + key.length + ".");
        }
        return key;
    }
}
