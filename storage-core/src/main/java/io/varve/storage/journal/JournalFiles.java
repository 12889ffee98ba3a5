package io.varve.storage.journal;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileHeader;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What is asked of a journal's directory without the journal. */
public final class JournalFiles {
    private JournalFiles() {}

    /**
     * Makes an empty journal in a directory that has none: what comes behind a checkpoint that was put there.
     *
     * @param continuesAfter the checkpoint's sequence
     * @param sealing whether it is sealed
     * @return the file's name
     */
    public static String begin(DeviceDirectory directory, UUID storeId, long continuesAfter, Sealing sealing)
            throws IOException {
        Optional<FileSealer> key = sealing.newKey();
        JournalFile file = new JournalFile(1, continuesAfter, key.map(FileSealer::key));
        file.create(directory, storeId, sealing, key, AlignedBuffers.allocate(FileStart.endMax()));
        return file.name();
    }

    /** The size of all files of a directory. */
    public static long bytes(DeviceDirectory directory) throws IOException {
        long bytes = 0;
        for (String name : directory.list()) {
            try {
                bytes += directory.size(name);
            } catch (NoSuchFileException e) {
                // Trimmed since it was listed.
            }
        }
        return bytes;
    }

    /**
     * What a directory has in files of the journal and checkpoints.
     *
     * @param clearBytes in files that are in clear, or whose header is damaged
     * @param sealedBytes in files that are sealed
     */
    public record Kinds(long clearBytes, long sealedBytes) {}

    /** Looks at the header of every file; there are a few. */
    public static Kinds kinds(DeviceDirectory directory) throws IOException {
        long clear = 0;
        long sealed = 0;
        for (String name : directory.list()) {
            try {
                long bytes = directory.size(name);
                if (isSealed(directory, name)) {
                    sealed += bytes;
                } else {
                    clear += bytes;
                }
            } catch (NoSuchFileException e) {
                // Trimmed since it was listed.
            }
        }
        return new Kinds(clear, sealed);
    }

    /** Whether the newest file of the journal is sealed, which tells how the store was written last. */
    public static boolean newestIsSealed(DeviceDirectory directory) throws IOException {
        List<String> names = JournalFile.names(directory);
        return !names.isEmpty() && isSealed(directory, names.getLast());
    }

    static boolean isSealed(DeviceDirectory directory, String name) throws IOException {
        ByteBuffer blocks = AlignedBuffers.allocate(FileStart.endMax());
        try (BlockDevice device = directory.open(name)) {
            device.read(blocks, 0);
        }
        blocks.flip();
        for (int at = 0; at < blocks.limit(); at += BlockDevice.BLOCK) {
            try {
                return FileStart.isSealed(FileHeader.read(blocks.position(at), name));
            } catch (CorruptionException e) {
                // A sealed file has its header twice.
            }
        }
        return false;
    }
}
