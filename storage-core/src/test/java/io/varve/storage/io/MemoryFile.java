package io.varve.storage.io;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A simulated file: what reads see, what the last sync made durable, and the changes in between, of which a crash keeps any part.
 * Guarded by its directory's lock.
 */
final class MemoryFile {

    /** Disks write sectors whole, and promise nothing about the order of several. */
    static final int SECTOR = 512;

    private sealed interface Change {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared; the bytes are private to this record.
    private record Write(byte[] bytes, long position) implements Change {}

    private record Truncate(long size) implements Change {}

    /** How much of the unsynced changes a crash leaves. All four do occur, and bugs hide in different ones. */
    private enum Survival {
        NOTHING,
        EVERYTHING,
        /** The changes up to some point in time, the one at that point torn. */
        PREFIX,
        /** Any sectors of any changes. */
        SECTORS
    }

    private final SparseContent visible;
    private final SparseContent durable;
    private final List<Change> unsynced = new ArrayList<>();

    MemoryFile() {
        this(new SparseContent());
    }

    private MemoryFile(SparseContent durable) {
        this.durable = durable;
        this.visible = durable.copy();
    }

    SparseContent visible() {
        return visible;
    }

    void write(byte[] bytes, long position) {
        visible.write(bytes, 0, bytes.length, position);
        unsynced.add(new Write(bytes, position));
    }

    void truncate(long size) {
        visible.truncate(size);
        unsynced.add(new Truncate(size));
    }

    void sync() {
        for (Change change : unsynced) {
            switch (change) {
                case Write write -> durable.write(write.bytes(), 0, write.bytes().length, write.position());
                case Truncate truncate -> durable.truncate(truncate.size());
            }
        }
        unsynced.clear();
    }

    /** The file as a restarted machine finds it. */
    MemoryFile afterCrash(Random random) {
        SparseContent left = durable.copy();
        Survival survival = Survival.values()[random.nextInt(Survival.values().length)];
        int torn = random.nextInt(unsynced.size() + 1);
        for (int i = 0; i < unsynced.size(); i++) {
            double share = switch (survival) {
                case NOTHING -> 0;
                case EVERYTHING -> 1;
                case PREFIX -> i < torn ? 1 : i == torn ? 0.5 : 0;
                case SECTORS -> 0.5;
            };
            keep(left, unsynced.get(i), share, random);
        }
        return new MemoryFile(left);
    }

    private static void keep(SparseContent left, Change change, double share, Random random) {
        switch (change) {
            case Truncate truncate -> {
                if (random.nextDouble() < share) {
                    left.truncate(truncate.size());
                }
            }
            case Write write -> {
                for (int at = 0; at < write.bytes().length; at += SECTOR) {
                    // File systems record sizes in blocks: a sector beyond the end brings its whole block, zeros around
                    // it.
                    if (random.nextDouble() < share) {
                        left.write(write.bytes(), at, SECTOR, write.position() + at);
                        left.growTo(AlignedBuffers.roundUp(left.size()));
                    }
                }
                if (random.nextDouble() < share / 2) {
                    // The new size reached the disk, whatever became of the bytes.
                    left.growTo(write.position() + write.bytes().length);
                }
            }
        }
    }
}
