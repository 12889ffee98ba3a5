package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk in memory that can crash. Whatever was not synced (writes and truncations by {@link BlockDevice#sync}, names by
 * {@link #sync}) is then lost, kept, or kept in part, by sectors of 512 bytes, as the seed has it.
 *
 * <p>To crash at every possible place, run the scenario once and ask {@link #mutations()}, then for each number up to it run it on a
 * new directory after {@link #crashAt}, until {@link SimulatedCrash} comes out, and reopen what {@link #crash} returns.
 *
 * <p>Safe for any number of threads; one lock serialises everything.
 */
public final class MemoryDeviceDirectory implements DeviceDirectory {

    private static final long CAPACITY_BYTES = 1L << 40;

    private sealed interface NameChange {}

    private record Put(String name, MemoryFile file) implements NameChange {}

    private record Remove(String name) implements NameChange {}

    private record Move(String from, String to) implements NameChange {}

    private final Object lock = new Object();
    private final Map<String, MemoryFile> visible = new TreeMap<>();
    private final Map<String, MemoryFile> durable = new TreeMap<>();
    private final List<NameChange> unsynced = new ArrayList<>();
    private final DeviceNames names = new DeviceNames();
    private final Power power;
    private long mutations;

    /** An empty disk. */
    public MemoryDeviceDirectory() {
        this(new Power());
    }

    /** An empty disk of a machine that may have others. */
    public MemoryDeviceDirectory(Power power) {
        this.power = power;
    }

    /** How many operations that change the disk have begun: writes, truncations, syncs, creations, renamings and deletions. */
    public long mutations() {
        synchronized (lock) {
            return mutations;
        }
    }

    /**
     * Lets the machine crash in the n-th changing operation from now: it has begun (a write may leave sectors, a sync may have
     * synced some) but does not return.
     *
     * @param nth 1 for the very next one
     */
    public void crashAt(long nth) {
        power.failAt(nth);
    }

    /**
     * Crashes, if that has not happened yet, and restarts: returns the disk as the next process finds it. May be called again with
     * another seed for another outcome of the same crash.
     */
    public MemoryDeviceDirectory crash(long seed) {
        return crash(seed, new Power());
    }

    /** Does the same for a machine with several disks. */
    public MemoryDeviceDirectory crash(long seed, Power nextPower) {
        synchronized (lock) {
            power.fail();
            Random random = new Random(seed);
            MemoryDeviceDirectory next = new MemoryDeviceDirectory(nextPower);
            namesAfterCrash(random).forEach((name, file) -> next.durable.put(name, file.afterCrash(random)));
            next.visible.putAll(next.durable);
            return next;
        }
    }

    private Map<String, MemoryFile> namesAfterCrash(Random random) {
        Map<String, MemoryFile> left = new TreeMap<>(durable);
        boolean inOrder = random.nextBoolean();
        int until = random.nextInt(unsynced.size() + 1);
        for (int i = 0; i < unsynced.size(); i++) {
            if (inOrder ? i < until : random.nextBoolean()) {
                apply(unsynced.get(i), left);
            }
        }
        return left;
    }

    private static void apply(NameChange change, Map<String, MemoryFile> target) {
        switch (change) {
            case Put put -> target.put(put.name(), put.file());
            case Remove remove -> target.remove(remove.name());
            case Move move -> {
                MemoryFile file = target.remove(move.from());
                if (file != null) {
                    target.put(move.to(), file);
                }
            }
        }
    }

    @Override
    public List<String> list() throws IOException {
        synchronized (lock) {
            requireRunning();
            return List.copyOf(visible.keySet());
        }
    }

    @Override
    public BlockDevice create(String name) throws IOException {
        DeviceNames.requireLegal(name);
        synchronized (lock) {
            requireRunning();
            if (visible.containsKey(name)) {
                throw new FileAlreadyExistsException(name);
            }
            MemoryFile file = new MemoryFile();
            change(new Put(name, file));
            return new MemoryDevice(name, file);
        }
    }

    @Override
    public BlockDevice open(String name) throws IOException {
        synchronized (lock) {
            return new MemoryDevice(name, file(name));
        }
    }

    @Override
    public boolean exists(String name) throws IOException {
        DeviceNames.requireLegal(name);
        synchronized (lock) {
            requireRunning();
            return visible.containsKey(name);
        }
    }

    @Override
    public long size(String name) throws IOException {
        synchronized (lock) {
            return file(name).visible().size();
        }
    }

    @Override
    public void delete(String name) throws IOException {
        synchronized (lock) {
            file(name);
            names.requireClosed(name);
            change(new Remove(name));
        }
    }

    @Override
    public void rename(String from, String to) throws IOException {
        DeviceNames.requireLegal(to);
        synchronized (lock) {
            file(from);
            names.requireClosed(from);
            names.requireClosed(to);
            if (!from.equals(to)) {
                change(new Move(from, to));
            }
        }
    }

    @Override
    public void sync() throws IOException {
        synchronized (lock) {
            mutate("sync of names");
            unsynced.forEach(change -> apply(change, durable));
            unsynced.clear();
        }
    }

    @Override
    public long usableBytes() throws IOException {
        synchronized (lock) {
            requireRunning();
            return CAPACITY_BYTES
                    - visible.values().stream()
                            .mapToLong(file -> file.visible().size())
                            .sum();
        }
    }

    private MemoryFile file(String name) throws IOException {
        DeviceNames.requireLegal(name);
        requireRunning();
        MemoryFile file = visible.get(name);
        if (file == null) {
            throw new NoSuchFileException(name);
        }
        return file;
    }

    private void change(NameChange change) throws SimulatedCrash {
        apply(change, visible);
        unsynced.add(change);
        mutate(
                switch (change) {
                    case Put ignored -> "creation";
                    case Remove ignored -> "deletion";
                    case Move ignored -> "renaming";
                });
    }

    /** Counts an operation whose effects, so far, a crash may keep or lose. */
    private void mutate(String operation) throws SimulatedCrash {
        requireRunning();
        mutations++;
        power.use(operation);
        requireRunning();
    }

    private void requireRunning() throws SimulatedCrash {
        if (power.hasFailed()) {
            throw new SimulatedCrash();
        }
    }

    private final class MemoryDevice implements BlockDevice {

        private final String name;
        private @Nullable MemoryFile file;

        private MemoryDevice(String name, MemoryFile file) {
            this.name = name;
            this.file = file;
            names.opened(name);
        }

        private MemoryFile opened() throws IOException {
            if (file == null) {
                throw new ClosedChannelException();
            }
            requireRunning();
            return file;
        }

        @Override
        public int read(ByteBuffer dst, long position) throws IOException {
            AlignedBuffers.requireReadable(dst, position);
            synchronized (lock) {
                return opened().visible().read(dst, position);
            }
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            AlignedBuffers.requireAligned(src, position);
            byte[] bytes = new byte[src.remaining()];
            synchronized (lock) {
                MemoryFile target = opened();
                src.get(bytes);
                target.write(bytes, position);
                mutate("write");
            }
        }

        @Override
        public void sync() throws IOException {
            synchronized (lock) {
                MemoryFile target = opened();
                mutate("sync");
                target.sync();
            }
        }

        @Override
        public long size() throws IOException {
            synchronized (lock) {
                return opened().visible().size();
            }
        }

        @Override
        public void truncate(long size) throws IOException {
            AlignedBuffers.requireAligned(size);
            synchronized (lock) {
                opened().truncate(size);
                mutate("truncation");
            }
        }

        /** Never fails, not even after the crash: the machine's end closes everything. */
        @Override
        public void close() {
            synchronized (lock) {
                if (file != null) {
                    file = null;
                    names.closed(name);
                }
            }
        }
    }
}
