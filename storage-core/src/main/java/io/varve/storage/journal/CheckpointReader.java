package io.varve.storage.journal;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.DeviceWindow;
import io.varve.storage.sealing.FileKey;
import io.varve.storage.sealing.FileStart;
import io.varve.storage.sealing.LentBytes;
import io.varve.storage.sealing.Sealing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Reads a checkpoint that has been verified as a whole, block after block. Every block is verified again as it is read. For one
 * thread.
 */
public final class CheckpointReader implements Closeable {

    private final String name;
    private final UUID storeId;
    private final Sealing sealing;
    private final long sequence;
    private final List<String> passedOver;
    private final BlockDevice device;
    private final DeviceWindow window;

    /** What opens the blocks; empty in clear, and until the header has been read. */
    private Optional<FileKey> key = Optional.empty();

    private long position = BlockDevice.BLOCK;
    private long blocks;
    private long payloadBytes;
    private CRC32C content = new CRC32C();
    private boolean ended;

    CheckpointReader(
            DeviceDirectory directory,
            UUID storeId,
            Sealing sealing,
            long sequence,
            ByteBuffer buffer,
            List<String> passedOver)
            throws IOException {
        this.name = "The checkpoint " + Checkpoints.name(sequence) + " in " + directory;
        this.storeId = storeId;
        this.sealing = sealing;
        this.sequence = sequence;
        this.passedOver = passedOver;
        this.device = directory.open(Checkpoints.name(sequence));
        this.window = new DeviceWindow(device, buffer);
    }

    /** The last commit whose effects the checkpoint has. */
    public long sequence() {
        return sequence;
    }

    /** What is wrong with newer checkpoints, one sentence each; empty if this is the newest. */
    public List<String> passedOver() {
        return passedOver;
    }

    /**
     * The next block, in memory of its own, or nothing after the last.
     *
     * @throws CorruptionException if the file has been damaged since it was verified
     */
    public Optional<ByteBuffer> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        ByteBuffer header = window.at(position, Checkpoints.FOOTER_BYTES);
        if (header.remaining() < Checkpoints.BLOCK_HEADER_BYTES) {
            throw damaged("it is cut off");
        }
        int length = header.getInt(0);
        if (length == Checkpoints.FOOTER_MARK) {
            requireFooter(header);
            ended = true;
            return Optional.empty();
        }
        if (length <= 0
                || length > Checkpoints.BLOCK_BYTES_MAX + FileKey.OVERHEAD
                || length > device.size() - position) {
            throw damaged("a block cannot have the length " + length);
        }
        int expected = header.getInt(Integer.BYTES);
        content.update(header.slice(0, Checkpoints.BLOCK_HEADER_BYTES));
        byte[] block = new byte[length];
        if (!window.copy(position + Checkpoints.BLOCK_HEADER_BYTES, block)) {
            throw damaged("it is cut off");
        }
        CRC32C crc = new CRC32C();
        crc.update(block);
        if ((int) crc.getValue() != expected) {
            throw damaged("a block's checksum does not match");
        }
        ByteBuffer payload = ByteBuffer.wrap(key.isPresent() ? opened(key.get(), block) : block);
        position += Checkpoints.BLOCK_HEADER_BYTES + length;
        blocks++;
        payloadBytes += length;
        return Optional.of(payload);
    }

    private byte[] opened(FileKey opens, byte[] block) throws CorruptionException {
        try (LentBytes plain = opens.open(blocks, ByteBuffer.wrap(block))) {
            byte[] bytes = new byte[plain.bytes().remaining()];
            plain.bytes().get(bytes);
            return bytes;
        } catch (CorruptionException e) {
            throw damaged("a block cannot be opened");
        }
    }

    @Override
    public void close() throws IOException {
        device.close();
    }

    /** Reads everything once, and goes back to the beginning. */
    void verify() throws IOException {
        FileStart start = FileStart.read(device, new FileStart.Kind(Checkpoints.FILE_MAGIC, storeId), name, sealing);
        if (start.header().number() != sequence) {
            throw new CorruptionException(name + " was renamed: by its header it is "
                    + Checkpoints.name(start.header().number()) + ".");
        }
        key = start.key();
        position = start.end();
        while (next().isPresent()) {
            // The next one verifies itself.
        }
        position = start.end();
        blocks = 0;
        payloadBytes = 0;
        content = new CRC32C();
        ended = false;
    }

    private void requireFooter(ByteBuffer bytes) throws CorruptionException {
        if (bytes.remaining() < Checkpoints.FOOTER_BYTES) {
            throw damaged("its end is cut off");
        }
        ByteBuffer footer = bytes.slice(0, Checkpoints.FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        footer.getInt();
        boolean holds = footer.getInt() == CheckpointWriter.footerCrc(footer)
                && footer.getLong() == sequence
                && footer.getLong() == blocks
                && footer.getLong() == payloadBytes
                && footer.getInt() == (int) content.getValue();
        if (!holds) {
            throw damaged("its end does not match its content");
        }
    }

    private CorruptionException damaged(String how) {
        return new CorruptionException(name + " is damaged at offset " + position + ": " + how + ".");
    }
}
