package io.varve.storage.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory with a second copy elsewhere. What it says and reads is the primary's; every change is made in the {@link Mirror}'s
 * directory, too, and a sync returns when both have synced. Failures there only make the mirror stale.
 */
public final class MirroredDirectory implements DeviceDirectory {
    private final DeviceDirectory primary;
    private final TimedDirectory secondary;
    private final Mirror mirror;

    /** Files that were made in both places, with the mirror's epoch then. */
    private final Map<String, Integer> born;

    /** Files of the mirror in which a change failed: what is read there may be memory's, and not on the disk. */
    private final Set<String> doubtful;

    public MirroredDirectory(DeviceDirectory primary, TimedDirectory secondary, Mirror mirror) {
        this(primary, secondary, mirror, new ConcurrentHashMap<>(), ConcurrentHashMap.newKeySet());
    }

    private MirroredDirectory(
            DeviceDirectory primary,
            TimedDirectory secondary,
            Mirror mirror,
            Map<String, Integer> born,
            Set<String> doubtful) {
        this.primary = primary;
        this.secondary = secondary;
        this.mirror = mirror;
        this.born = born;
        this.doubtful = doubtful;
    }

    /**
     * The same mirror seen through another view of the primary's files.
     *
     * @param view has the same files as the primary, but makes new ones elsewhere
     */
    public MirroredDirectory over(DeviceDirectory view) {
        return new MirroredDirectory(view, secondary, mirror, born, doubtful);
    }

    /** Where the second copies are. */
    public TimedDirectory secondary() {
        return secondary;
    }

    /** Whether a change of the mirror's file has failed, so that nothing is known of it before it {@linkplain #copied has been copied}. */
    public boolean isDoubtful(String name) {
        return doubtful.contains(name);
    }

    /** The mirror's file has been made anew, and is durable. */
    public void copied(String name) {
        doubtful.remove(name);
    }

    /** Whether a file is the same in both places because it was made so. */
    public boolean isBornMirrored(String name) {
        return born.getOrDefault(name, -1) == mirror.epoch();
    }

    @Override
    public List<String> list() throws IOException {
        return primary.list();
    }

    @Override
    public BlockDevice create(String name) throws IOException {
        BlockDevice first = primary.create(name);
        MirroredDevice device = new MirroredDevice(name, first);
        mirror.attempt(() -> {
            if (secondary.exists(name)) {
                secondary.delete(name);
            }
            device.epoch = mirror.epoch();
            device.second = secondary.create(name);
            born.put(name, device.epoch);
        });
        return device;
    }

    /** Only files that were made in both places are written in both. */
    @Override
    public BlockDevice open(String name) throws IOException {
        MirroredDevice device = new MirroredDevice(name, primary.open(name));
        int epoch = mirror.epoch();
        if (born.getOrDefault(name, -1) == epoch) {
            device.epoch = epoch;
            device.inSecond = true;
        }
        return device;
    }

    @Override
    public boolean exists(String name) throws IOException {
        return primary.exists(name);
    }

    @Override
    public long size(String name) throws IOException {
        return primary.size(name);
    }

    @Override
    public void delete(String name) throws IOException {
        primary.delete(name);
        born.remove(name);
        mirror.attempt(() -> {
            if (secondary.exists(name)) {
                secondary.delete(name);
            }
        });
    }

    @Override
    public void rename(String from, String to) throws IOException {
        primary.rename(from, to);
        int epoch = mirror.epoch();
        boolean both = born.getOrDefault(from, -1) == epoch;
        born.remove(from);
        born.remove(to);
        mirror.attempt(() -> {
            if (both && epoch == mirror.epoch()) {
                secondary.rename(from, to);
                born.put(to, epoch);
            } else if (secondary.exists(from)) {
                secondary.delete(from);
            }
        });
    }

    @Override
    public void sync() throws IOException {
        mirror.both(primary::sync, secondary::sync);
    }

    @Override
    public long usableBytes() throws IOException {
        return primary.usableBytes();
    }

    @Override
    public String toString() {
        return primary.toString();
    }

    /** A file in both places, or in the primary alone. */
    private final class MirroredDevice implements DeviceView {
        private final BlockDevice first;

        /** The other copy, once it is needed. */
        private volatile @Nullable BlockDevice second;

        /** The mirror's when this file was made there: a later one means that it missed something. */
        private volatile int epoch;

        private final String name;

        /** Whether it is there to be opened. */
        private volatile boolean inSecond;

        MirroredDevice(String name, BlockDevice first) {
            this.name = name;
            this.first = first;
        }

        private Mirror.Action noticed(Mirror.Action change) {
            return () -> {
                try {
                    change.run();
                } catch (IOException | RuntimeException | Error e) {
                    doubtful.add(name);
                    throw e;
                }
            };
        }

        @Override
        public BlockDevice reads() {
            return first;
        }

        @Override
        public int read(ByteBuffer dst, long position) throws IOException {
            return first.read(dst, position);
        }

        @Override
        public void readMany(List<ReadRequest> requests) {
            first.readMany(requests);
        }

        @Override
        public void write(ByteBuffer src, long position) throws IOException {
            BlockDevice other = other();
            if (other == null) {
                first.write(src, position);
                return;
            }
            ByteBuffer copy = src.duplicate();
            mirror.both(() -> first.write(src, position), noticed(() -> other.write(copy, position)));
        }

        @Override
        public void writeDurably(ByteBuffer src, long position) throws IOException {
            BlockDevice other = other();
            if (other == null) {
                first.writeDurably(src, position);
                return;
            }
            ByteBuffer copy = src.duplicate();
            mirror.both(() -> first.writeDurably(src, position), noticed(() -> other.writeDurably(copy, position)));
        }

        @Override
        public void sync() throws IOException {
            BlockDevice other = other();
            if (other == null) {
                first.sync();
            } else {
                mirror.both(first::sync, noticed(other::sync));
            }
        }

        @Override
        public long size() throws IOException {
            return first.size();
        }

        @Override
        public void truncate(long size) throws IOException {
            first.truncate(size);
            BlockDevice other = other();
            if (other != null) {
                mirror.attempt(noticed(() -> other.truncate(size)));
            }
        }

        @Override
        public void close() throws IOException {
            BlockDevice other = second;
            try {
                if (other != null) {
                    other.close();
                }
            } catch (IOException e) {
                mirror.fail(e);
            } finally {
                first.close();
            }
        }

        private synchronized @Nullable BlockDevice other() {
            if (epoch != mirror.epoch()) {
                return null;
            }
            if (second == null && inSecond) {
                inSecond = false;
                mirror.attempt(() -> {
                    try {
                        second = secondary.open(name);
                    } catch (NoSuchFileException e) {
                        throw new IOException("The mirror lost the file " + name + ".", e);
                    }
                });
            }
            return second;
        }
    }
}
