package io.varve.storage;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * Wraps the keys of sealed files by the newest master key. A file's header is there twice, and each is durable before the other is touched, the one that cannot be
 * read first if there is one: at any moment one of them can be read, with the old master key or the new one. What was done is seen in the files themselves, so it can be broken off and begun again.
 * Others may
 * read the files meanwhile, and write to other places of them: the key in the header does not change, and one of both headers is whole at any moment.
 */
final class Rewrapping {
    private static final Pattern NAMES = Pattern.compile("[0-9a-f]+\\.(seg|log|ckp)");

    private final UUID storeId;
    private final Sealing sealing;
    private final Step step;
    private final List<String> left = new ArrayList<>();
    private int files;

    /** Called before each file. */
    @FunctionalInterface
    interface Step {
        /** May end it by an exception: every file is as it was, or done. */
        void next() throws IOException;
    }

    /** What to do when a second copy cannot be written. */
    @FunctionalInterface
    interface CopyFailure {
        void accept(IOException failure) throws IOException;
    }

    /**
     * A directory with second copies of files, which get the same bytes.
     *
     * @param isWanted whether they do, still
     */
    record Copies(DeviceDirectory place, BooleanSupplier isWanted, CopyFailure failure) {
        /** Copies that must be written. */
        static Copies required(DeviceDirectory place) {
            return new Copies(place, () -> true, e -> {
                throw e;
            });
        }
    }

    /** @param sealing with all master keys that files may be sealed under */
    Rewrapping(UUID storeId, Sealing sealing, Step step) {
        this.storeId = storeId;
        this.sealing = sealing;
        this.step = step;
    }

    /** How many files of a directory this looks at. */
    static int amount(DeviceDirectory directory) throws IOException {
        return (int) directory.list().stream()
                .filter(name -> NAMES.matcher(name).matches())
                .count();
    }

    /** How many files were changed. */
    int files() {
        return files;
    }

    /** Files whose header is damaged, and that stay as they are. */
    List<String> left() {
        return left;
    }

    /** Forgets what was left: it is gone through once more. */
    void forgetLeft() {
        left.clear();
    }

    /**
     * Goes through a directory. A file that is deleted meanwhile is passed over.
     *
     * @param copies directories with second copies of the files
     */
    void run(DeviceDirectory directory, List<Copies> copies) throws IOException {
        for (String name : directory.list()) {
            if (NAMES.matcher(name).matches()) {
                step.next();
                try {
                    renew(directory, copies, name);
                } catch (CorruptionException e) {
                    left.add(name + " in " + directory + ": " + e.getMessage());
                } catch (NoSuchFileException e) {
                    if (directory.exists(name)) {
                        throw e;
                    }
                }
            }
        }
    }

    private void renew(DeviceDirectory directory, List<Copies> copies, String name) throws IOException {
        ByteBuffer present = read(directory, name);
        Optional<FileStart.Renewal> renewal = FileStart.renewed(present, storeId, name, sealing);
        if (renewal.isPresent()) {
            write(directory, name, renewal.get().blocks(), renewal.get().first());
            files++;
        }
        ByteBuffer wanted = renewal.map(FileStart.Renewal::blocks).orElse(present);
        for (Copies copy : copies) {
            if (copy.isWanted().getAsBoolean()) {
                try {
                    renewCopy(copy.place(), name, wanted);
                } catch (NoSuchFileException e) {
                    if (directory.exists(name)) {
                        copy.failure().accept(e);
                    }
                } catch (CorruptionException e) {
                    throw e;
                } catch (IOException e) {
                    copy.failure().accept(e);
                }
            }
        }
    }

    private void renewCopy(DeviceDirectory place, String name, ByteBuffer wanted) throws IOException {
        if (place.exists(name)) {
            ByteBuffer copy = read(place, name);
            Optional<FileStart.Renewal> due = FileStart.renewed(copy, storeId, name, sealing);
            if (due.isPresent()) {
                write(place, name, wanted, due.get().first());
            }
        }
    }

    private static ByteBuffer read(DeviceDirectory directory, String name) throws IOException {
        ByteBuffer blocks = AlignedBuffers.allocate(FileStart.endMax());
        try (BlockDevice device = directory.open(name)) {
            device.read(blocks, 0);
        }
        return blocks.flip();
    }

    /** @param first which copy of the header goes first */
    private static void write(DeviceDirectory directory, String name, ByteBuffer renewed, int first)
            throws IOException {
        ByteBuffer blocks = AlignedBuffers.allocate(FileStart.endMax()).put(renewed.duplicate());
        try (BlockDevice device = directory.open(name)) {
            for (int at : new int[] {first, BlockDevice.BLOCK - first}) {
                device.write(blocks.limit(at + BlockDevice.BLOCK).position(at), at);
                device.sync();
            }
        }
    }
}
