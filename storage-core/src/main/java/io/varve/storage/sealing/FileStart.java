package io.varve.storage.sealing;

import io.varve.storage.io.AlignedBuffers;
import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.FileHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * How a file of the store begins: with its header, and if it is sealed with a second copy of it, both of which hold the file's wrapped data key. One
 * of the two is enough, so that a bad block does not take the whole file with it. The layout is in {@code docs/format.md}, "Sealed files".
 *
 * @param header what the file says about itself
 * @param key what opens it; empty if it lies in clear
 */
public record FileStart(FileHeader header, Optional<FileKey> key) {
    /** The version of every kind of file that is in clear; of a sealed one it is {@link #SEALED}. */
    public static final int CLEAR = 1;

    /** The version of every kind of file that is sealed. */
    public static final int SEALED = 2;

    private static final int CLEAR_BYTES = BlockDevice.BLOCK;
    private static final int SEALED_BYTES = 2 * BlockDevice.BLOCK;

    /**
     * Which files are looked for.
     *
     * @param magic their kind
     * @param storeId their store
     */
    public record Kind(String magic, UUID storeId) {
        /** The beginning of a new file. */
        public ByteBuffer begin(long number, long origin, Sealing sealing, Optional<FileSealer> sealer) {
            return FileStart.encode(this, number, origin, sealing, sealer);
        }
    }

    /** Where the content begins, in bytes: 4096 in clear, 8192 if sealed. */
    public int end() {
        return key.isPresent() ? SEALED_BYTES : CLEAR_BYTES;
    }

    /** The most bytes that a beginning has. */
    public static int endMax() {
        return SEALED_BYTES;
    }

    /** Whether a header is that of a sealed file. */
    public static boolean isSealed(FileHeader header) {
        return header.version() == SEALED;
    }

    private static ByteBuffer encode(
            Kind kind, long number, long origin, Sealing sealing, Optional<FileSealer> sealer) {
        FileHeader header =
                new FileHeader(kind.magic, sealer.isPresent() ? SEALED : CLEAR, kind.storeId, number, origin);
        if (sealer.isEmpty()) {
            ByteBuffer block = ByteBuffer.allocate(CLEAR_BYTES);
            header.write(block);
            return block.flip();
        }
        byte[] wrapped = sealing.keys().wrap(sealer.get().key(), context(header));
        ByteBuffer blocks = ByteBuffer.allocate(SEALED_BYTES);
        header.write(blocks, wrapped);
        header.write(blocks, wrapped);
        return blocks.flip();
    }

    /**
     * Reads the beginning of a file.
     *
     * @param blocks its first {@link #endMax} bytes, or all it has; the position does not move
     * @param file its name, for messages
     * @throws CorruptionException if it is no such file, or damaged
     * @throws KeyMissingException if it is sealed under a master key that is not there
     * @throws IOException if it is of another store, or of a newer format
     */
    public static FileStart read(ByteBuffer blocks, Kind kind, String file, Sealing sealing) throws IOException {
        IOException first;
        try {
            return read(blocks, 0, kind, file, sealing);
        } catch (CorruptionException | KeyMissingException e) {
            first = e;
        }
        try {
            FileStart second = read(blocks, BlockDevice.BLOCK, kind, file, sealing);
            if (second.key.isPresent()) {
                return second;
            }
        } catch (CorruptionException | KeyMissingException e) {
            first.addSuppressed(e);
        }
        throw first;
    }

    /** Reads the beginning of a file from its device. */
    public static FileStart read(BlockDevice device, Kind kind, String file, Sealing sealing) throws IOException {
        ByteBuffer blocks = AlignedBuffers.allocate(SEALED_BYTES);
        device.read(blocks, 0);
        try {
            return read(blocks.flip(), kind, file, sealing);
        } catch (CorruptionException e) {
            // While both copies are renewed, one after the other, a reader that is slow may meet each of them in the
            // middle.
            device.read(blocks.clear(), 0);
            return read(blocks.flip(), kind, file, sealing);
        }
    }

    /**
     * A beginning whose key is wrapped by the newest master key, twice.
     *
     * @param blocks both copies of the header
     * @param first the offset of the one to write, and make durable, first: what can be opened now is the other one
     */
    public record Renewal(ByteBuffer blocks, int first) {}

    /**
     * What a sealed file's beginning has to become so that its key is wrapped by the newest master key, twice.
     *
     * @param blocks as for reading
     * @return empty if it is so already, or the file is in clear
     * @throws IOException as reading does
     */
    public static Optional<Renewal> renewed(ByteBuffer blocks, UUID storeId, String file, Sealing sealing)
            throws IOException {
        FileHeader header = FileHeader.read(block(blocks, isHeader(blocks, 0) ? 0 : BlockDevice.BLOCK), file);
        Kind kind = new Kind(header.magic(), storeId);
        FileStart start = read(blocks, kind, file, sealing);
        if (start.key.isEmpty()) {
            return Optional.empty();
        }
        boolean newest = true;
        int first = BlockDevice.BLOCK;
        for (int at = BlockDevice.BLOCK; at >= 0; at -= BlockDevice.BLOCK) {
            if (!opens(blocks, at, kind, sealing)) {
                newest = false;
                first = at;
            } else {
                newest &= sealing.isUnderNewest(FileHeader.more(block(blocks, at), KeyRing.WRAPPED_BYTES));
            }
        }
        if (newest) {
            return Optional.empty();
        }
        byte[] wrapped = sealing.wrap(start.key.get(), context(start.header));
        ByteBuffer renewed = ByteBuffer.allocate(SEALED_BYTES);
        start.header.write(renewed, wrapped);
        start.header.write(renewed, wrapped);
        return Optional.of(new Renewal(renewed.flip(), first));
    }

    private static boolean opens(ByteBuffer blocks, int at, Kind kind, Sealing sealing) throws IOException {
        try {
            return read(blocks, at, kind, "", sealing).key.isPresent();
        } catch (CorruptionException | KeyMissingException e) {
            return false;
        }
    }

    private static boolean isHeader(ByteBuffer blocks, int at) {
        try {
            FileHeader.read(block(blocks, at), "");
            return true;
        } catch (CorruptionException e) {
            return false;
        }
    }

    private static ByteBuffer block(ByteBuffer blocks, int at) {
        int from = Math.min(blocks.limit(), blocks.position() + at);
        return blocks.slice(from, Math.min(BlockDevice.BLOCK, blocks.limit() - from));
    }

    private static FileStart read(ByteBuffer blocks, int at, Kind kind, String file, Sealing sealing)
            throws IOException {
        ByteBuffer block = block(blocks, at);
        FileHeader header = FileHeader.read(block, file);
        header.require(file, kind.magic, SEALED, kind.storeId);
        if (!isSealed(header)) {
            return new FileStart(header, Optional.empty());
        }
        byte[] wrapped = FileHeader.more(block, KeyRing.WRAPPED_BYTES);
        return new FileStart(header, Optional.of(sealing.keys().unwrap(wrapped, context(header))));
    }

    /** A wrapped key is bound to kind, store and number, so that it opens no other file. */
    private static byte[] context(FileHeader header) {
        byte[] magic = header.magic().getBytes(StandardCharsets.US_ASCII);
        ByteBuffer context = ByteBuffer.allocate(magic.length + 3 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        context.put(magic);
        FileHeader.writeId(header.storeId(), context);
        return context.putLong(header.number()).array();
    }
}
