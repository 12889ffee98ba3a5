package io.varve.storage.journal;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.NoSpaceException;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.LentBytes;
import io.varve.storage.sealing.Sealing;
import java.io.Closeable;
import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A checkpoint that is being written. It comes to be with {@link #commit}; closed before that, it never was. For one thread. */
public final class CheckpointWriter implements Closeable {

    private final DeviceDirectory directory;
    private final long sequence;
    private final BlockDevice device;
    private final PaddedWriter writer;

    /** What seals the blocks; null in clear. */
    private final @Nullable FileSealer sealer;

    private final CRC32C content = new CRC32C();
    private long blocks;
    private long payloadBytes;
    private boolean open = true;

    CheckpointWriter(DeviceDirectory directory, UUID storeId, Sealing sealing, long sequence, ByteBuffer buffer)
            throws IOException {
        this.directory = directory;
        this.sequence = sequence;
        String temporary = Checkpoints.temporaryName(sequence);
        try {
            if (directory.exists(temporary)) {
                directory.delete(temporary);
                directory.sync();
            }
            this.device = directory.create(temporary);
        } catch (IOException e) {
            throw explained(BlockDevice.BLOCK, e);
        }
        this.writer = new PaddedWriter(device, buffer, 0);
        this.sealer = sealing.newKey().orElse(null);
        put(new FileStart.Kind(Checkpoints.FILE_MAGIC, storeId)
                .begin(sequence, 0, sealing, Optional.ofNullable(sealer)));
    }

    /**
     * Adds a block.
     *
     * @param block its bytes, all that remain: 1 to {@link Checkpoints#BLOCK_BYTES_MAX}; the position does not move
     * @throws NoSpaceException if the disk is full
     */
    public void write(ByteBuffer block) throws IOException {
        requireOpen();
        int length = block.remaining();
        if (length == 0 || length > Checkpoints.BLOCK_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "A checkpoint's block has 1 to " + Checkpoints.BLOCK_BYTES_MAX + " bytes, not " + length + ".");
        }
        FileSealer seals = sealer;
        if (seals == null) {
            putBlock(block);
        } else {
            // Blocks are sealed in their order, so a block's number is its place.
            try (LentBytes sealed = seals.seal(block)) {
                putBlock(sealed.bytes());
            }
        }
    }

    private void putBlock(ByteBuffer block) throws IOException {
        int length = block.remaining();
        CRC32C crc = new CRC32C();
        crc.update(block.duplicate());
        ByteBuffer header = littleEndian(Checkpoints.BLOCK_HEADER_BYTES)
                .putInt(length)
                .putInt((int) crc.getValue())
                .flip();
        content.update(header.duplicate());
        put(header);
        put(block.duplicate());
        blocks++;
        payloadBytes += length;
    }

    /**
     * Makes the checkpoint durable and gives it its name; one of the same sequence is replaced.
     *
     * @throws NoSpaceException if the disk is full
     * @throws SyncFailedException if a sync failed; whether the checkpoint is there is then unknown
     */
    public void commit() throws IOException {
        requireOpen();
        ByteBuffer footer = littleEndian(Checkpoints.FOOTER_BYTES)
                .putInt(Checkpoints.FOOTER_MARK)
                .putInt(0)
                .putLong(sequence)
                .putLong(blocks)
                .putLong(payloadBytes)
                .putInt((int) content.getValue());
        footer.putInt(Integer.BYTES, footerCrc(footer.flip()));
        put(footer);
        try {
            writer.finish();
        } catch (IOException e) {
            throw explained(BlockDevice.BLOCK, e);
        }
        device.sync();
        device.close();
        directory.rename(Checkpoints.temporaryName(sequence), Checkpoints.name(sequence));
        open = false;
        directory.sync();
    }

    /** Removes what is there of a checkpoint that was not committed. */
    @Override
    public void close() throws IOException {
        if (open) {
            open = false;
            device.close();
            directory.delete(Checkpoints.temporaryName(sequence));
        }
    }

    /** Over everything behind the checksum itself. */
    static int footerCrc(ByteBuffer footer) {
        CRC32C crc = new CRC32C();
        int from = 2 * Integer.BYTES;
        crc.update(footer.slice(from, Checkpoints.FOOTER_BYTES - from));
        return (int) crc.getValue();
    }

    private void put(ByteBuffer bytes) throws IOException {
        long length = bytes.remaining();
        try {
            writer.put(bytes);
        } catch (IOException e) {
            throw explained(length, e);
        }
    }

    private IOException explained(long bytes, IOException failure) {
        return NoSpaceException.explain("The checkpoint " + Checkpoints.name(sequence), bytes, directory, failure);
    }

    private void requireOpen() {
        if (!open) {
            throw new IllegalStateException("This checkpoint is finished.");
        }
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
