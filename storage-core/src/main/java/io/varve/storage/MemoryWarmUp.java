package io.varve.storage;

import io.varve.storage.chunkstore.AheadReads;
import io.varve.storage.fingerprint.Checksums;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.sealing.Sealing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers across restarts which chunks were asked for most, and reads those first to memory, before somebody waits for them: as much as half of
 * the memory for chunks takes, with a pause after each step that is as long as the step was. The names lie in a small file of the data directory, written now and then and
 * at the end; without it, or with one that does not verify, the memory fills as it always did. Where files are encrypted there is none, since it tells
 * fingerprints. Thread-safe.
 */
final class MemoryWarmUp implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryWarmUp.class);

    private static final String NAME = "hot.chunks";
    private static final byte[] MAGIC = "VARVEHOT".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 20;

    /** Two megabytes of names. */
    private static final int NAMES_MAX = 1 << 16;

    /** Chunks that are read as one step. */
    private static final int STEP_CHUNKS = 32;

    /** The share of the memory that is filled, as a divisor: the rest is for what is asked for meanwhile. */
    private static final int SHARE = 2;

    private static final Duration WRITE_INTERVAL = Duration.ofMinutes(10);

    private final Path file;
    private final AheadReads chunks;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition stopping = lock.newCondition();
    private final Thread thread;
    private final boolean remembers;
    private volatile boolean stopped;

    private MemoryWarmUp(Path file, AheadReads chunks, boolean remembers) {
        this.file = file;
        this.chunks = chunks;
        this.remembers = remembers;
        this.thread = Thread.ofPlatform().daemon().name("varve-hot-chunks").unstarted(this::run);
    }

    /** Begins to read what was asked for most when the store was last open. */
    static MemoryWarmUp start(DataDirectory directory, AheadReads chunks, Sealing sealing) {
        Path file = directory.path().resolve(DataDirectory.CACHE).resolve(NAME);
        MemoryWarmUp begun = new MemoryWarmUp(file, chunks, !sealing.on());
        begun.thread.start();
        return begun;
    }

    private void run() {
        if (!remembers) {
            forget();
            return;
        }
        try {
            bring(read(file));
        } catch (NoSuchFileException e) {
            // The first start.
        } catch (IOException | RuntimeException e) {
            LOG.info("Memory is not filled beforehand: {}", e.getMessage());
        }
        while (pause(WRITE_INTERVAL.toNanos())) {
            write();
        }
    }

    private void bring(List<Fingerprint> names) {
        long limit = chunks.memoryBytes() / SHARE;
        long warmed = 0;
        for (int from = 0; from < names.size() && warmed < limit && !stopped; from += STEP_CHUNKS) {
            long began = System.nanoTime();
            List<Fingerprint> step = names.subList(from, Math.min(from + STEP_CHUNKS, names.size()));
            try {
                warmed += chunks.bring(step);
            } catch (IOException e) {
                LOG.debug("Some chunks could not be read beforehand: {}", e.getMessage());
            }
            if (!pause(System.nanoTime() - began)) {
                return;
            }
        }
    }

    /** False if it is to end. */
    private boolean pause(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!stopped && left > 0) {
                left = stopping.awaitNanos(left);
            }
            return !stopped;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void write() {
        List<Fingerprint> hottest = chunks.hottest(NAMES_MAX);
        if (hottest.isEmpty()) {
            return;
        }
        try {
            Files.createDirectories(file.getParent());
            Path unfinished = file.resolveSibling(NAME + ".new");
            Files.write(unfinished, encode(hottest));
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.info("What is asked for most could not be written down: {}", e.getMessage());
        }
    }

    private void forget() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("{} could not be deleted: {}", file, e.getMessage());
        }
    }

    /** The bytes of a file; see {@code docs/format.md}, "Hot chunks". */
    static byte[] encode(List<Fingerprint> names) {
        ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + names.size() * Fingerprint.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).putInt(VERSION).putInt(0).putInt(names.size());
        names.forEach(name -> name.write(bytes));
        bytes.putInt(12, checksum(bytes));
        return bytes.array();
    }

    /** The names in a file; none if it does not verify. */
    static List<Fingerprint> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Fingerprint> names = new ArrayList<>();
        boolean whole = bytes.capacity() >= HEADER_BYTES
                && ByteBuffer.wrap(MAGIC).equals(bytes.slice(0, MAGIC.length))
                && bytes.getInt(8) == VERSION
                && bytes.getInt(12) == checksum(bytes)
                && bytes.capacity() == HEADER_BYTES + (long) bytes.getInt(16) * Fingerprint.BYTES;
        if (whole) {
            bytes.position(HEADER_BYTES);
            while (bytes.hasRemaining()) {
                names.add(Fingerprint.read(bytes));
            }
        }
        return names;
    }

    private static int checksum(ByteBuffer bytes) {
        return Checksums.crc32c(bytes.slice(16, bytes.capacity() - 16));
    }

    /** Writes the names down, if there are any. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (stopped) {
                return;
            }
            stopped = true;
            stopping.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (remembers) {
            write();
        }
    }
}
