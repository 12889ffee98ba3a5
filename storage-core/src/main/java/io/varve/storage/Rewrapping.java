package io.varve.storage;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Wraps the keys of sealed files by the newest master key. A file's header is there twice, and each is durable before the other is touched, the one that cannot be
 * read first if there is one: at any moment one of them can be read, with the old master key or the new one. What was done is seen in the files themselves, so it can be broken off and begun again.
 * Nobody else may have the files open.
 */
final class Rewrapping {
    private static final Pattern NAMES = Pattern.compile("[0-9a-f]+\\.(seg|log|ckp)");

    private final UUID storeId;
    private final Sealing sealing;
    private final List<String> left = new ArrayList<>();
    private int files;

    /** @param sealing with all master keys that files may be sealed under */
    Rewrapping(UUID storeId, Sealing sealing) {
        this.storeId = storeId;
        this.sealing = sealing;
    }

    /** How many files were changed. */
    int files() {
        return files;
    }

    /** Files whose header is damaged, and that stay as they are. */
    List<String> left() {
        return left;
    }

    /**
     * Goes through a directory.
     *
     * @param copies directories with second copies of the files, which get the same bytes
     */
    void run(DeviceDirectory directory, List<DeviceDirectory> copies) throws IOException {
        for (String name : directory.list()) {
            if (NAMES.matcher(name).matches()) {
                try {
                    renew(directory, copies, name);
                } catch (CorruptionException e) {
                    left.add(name + " in " + directory + ": " + e.getMessage());
                }
            }
        }
    }

    private void renew(DeviceDirectory directory, List<DeviceDirectory> copies, String name) throws IOException {
        ByteBuffer present = read(directory, name);
        Optional<FileStart.Renewal> renewal = FileStart.renewed(present, storeId, name, sealing);
        if (renewal.isPresent()) {
            write(directory, name, renewal.get().blocks(), renewal.get().first());
            files++;
        }
        ByteBuffer wanted = renewal.map(FileStart.Renewal::blocks).orElse(present);
        for (DeviceDirectory place : copies) {
            if (place.exists(name)) {
                ByteBuffer copy = read(place, name);
                Optional<FileStart.Renewal> due = FileStart.renewed(copy, storeId, name, sealing);
                if (due.isPresent()) {
                    write(place, name, wanted, due.get().first());
                }
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
