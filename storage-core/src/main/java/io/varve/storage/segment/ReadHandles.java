package io.varve.storage.segment;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The files that are open for reading: the last used stay open up to a limit, and a file that is deleted while someone reads it
 * disappears at once for everybody else, but from the disk only when the last reader has let go.
 *
 * <p>Safe for any number of threads. The lock is held while files are opened, closed and deleted, never during a read.
 */
final class ReadHandles implements Closeable {

    /** The right to read one file until it is closed. */
    final class Handle implements AutoCloseable {

        private final int segment;
        private final BlockDevice device;
        private int users;
        private boolean deleted;

        private Handle(int segment, BlockDevice device) {
            this.segment = segment;
            this.device = device;
        }

        BlockDevice device() {
            return device;
        }

        @Override
        public void close() {
            release(this);
        }
    }

    private static final float LOAD_FACTOR = 0.75f;
    private static final int REPLACE_TRIES = 1000;
    private static final long REPLACE_PAUSE_NANOS = 10_000_000;

    private final DeviceDirectory directory;
    private final SegmentCatalog catalog;
    private final int limit;
    private final SegmentCounters counters;

    /** In the order of their last use. */
    private final Map<Integer, Handle> open = new LinkedHashMap<>(16, LOAD_FACTOR, true);

    private boolean closed;

    ReadHandles(DeviceDirectory directory, SegmentCatalog catalog, int limit, SegmentCounters counters) {
        this.directory = directory;
        this.catalog = catalog;
        this.limit = limit;
        this.counters = counters;
    }

    synchronized Handle acquire(int segment) throws IOException {
        if (closed) {
            throw new IOException("The segment store is closed.");
        }
        if (!catalog.contains(segment)) {
            throw new SegmentMissingException(segment);
        }
        Handle handle = open.get(segment);
        if (handle == null) {
            // Room first: if that fails, nobody has got anything that he would have to give back.
            closeIdle(limit - 1);
            handle = new Handle(segment, device(segment));
            open.put(segment, handle);
        }
        handle.users++;
        return handle;
    }

    /**
     * Makes a segment unknown and deletes its file, now or when its last reader lets go.
     *
     * @throws IOException if the file could not be deleted; the segment is then still there
     */
    synchronized void delete(int segment) throws IOException {
        Handle handle = open.remove(segment);
        if (handle != null && handle.users > 0) {
            handle.deleted = true;
        } else {
            if (handle != null) {
                handle.device.close();
            }
            deleteFile(segment);
        }
        catalog.remove(segment);
    }

    /**
     * Gives another file a segment's name, between two reads.
     *
     * @throws IOException if reads of it do not end, or the disk fails
     */
    void replace(int segment, String other) throws IOException {
        for (int attempt = 0; attempt < REPLACE_TRIES; attempt++) {
            if (tryReplace(segment, other)) {
                return;
            }
            LockSupport.parkNanos(REPLACE_PAUSE_NANOS);
        }
        throw new IOException("The segment " + SegmentNames.name(segment) + " is being read all the time.");
    }

    private synchronized boolean tryReplace(int segment, String other) throws IOException {
        Handle handle = open.get(segment);
        if (handle != null && handle.users > 0) {
            return false;
        }
        if (handle != null) {
            open.remove(segment);
            handle.device.close();
        }
        directory.rename(other, SegmentNames.name(segment));
        return true;
    }

    synchronized int openFiles() {
        return open.size();
    }

    /** Files that are still being read are closed by their last reader. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        closeIdle(0);
    }

    private BlockDevice device(int segment) throws IOException {
        try {
            return directory.open(SegmentNames.name(segment));
        } catch (NoSuchFileException e) {
            SegmentMissingException missing = new SegmentMissingException(segment);
            missing.initCause(e);
            throw missing;
        }
    }

    /** A reader that lets go cannot do anything about a file that will not close or go away, so that is only counted. */
    private synchronized void release(Handle handle) {
        handle.users--;
        try {
            if (handle.deleted && handle.users == 0) {
                handle.device.close();
                deleteFile(handle.segment);
            }
            closeIdle(closed ? 0 : limit);
        } catch (IOException e) {
            counters.failedDeletions.increment();
        }
    }

    private void deleteFile(int segment) throws IOException {
        try {
            directory.delete(SegmentNames.name(segment));
        } catch (NoSuchFileException ignored) {
            // Someone else did, which is as good.
        }
    }

    private void closeIdle(int keep) throws IOException {
        @Nullable IOException failure = null;
        Iterator<Handle> eldestFirst = open.values().iterator();
        while (open.size() > keep && eldestFirst.hasNext()) {
            Handle handle = eldestFirst.next();
            if (handle.users == 0) {
                eldestFirst.remove();
                try {
                    handle.device.close();
                } catch (IOException e) {
                    failure = e;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
