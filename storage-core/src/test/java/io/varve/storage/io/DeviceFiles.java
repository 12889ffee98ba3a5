package io.varve.storage.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** Whole files of a {@link DeviceDirectory} as byte arrays and as text, for golden files and for damage. */
public final class DeviceFiles {

    private static final HexFormat SPACED = HexFormat.ofDelimiter(" ");
    private static final int LINE_BYTES = 16;

    private DeviceFiles() {}

    public static byte[] read(DeviceDirectory directory, String name) throws IOException {
        try (BlockDevice device = directory.open(name)) {
            int size = (int) device.size();
            if (size == 0) {
                return new byte[0];
            }
            ByteBuffer buffer = AlignedBuffers.allocate((int) AlignedBuffers.roundUp(size));
            device.read(buffer, 0);
            byte[] bytes = new byte[size];
            buffer.get(0, bytes);
            return bytes;
        }
    }

    /** Writes a durable file of whole blocks; one that has the name is replaced. */
    public static void write(DeviceDirectory directory, String name, byte[] bytes) throws IOException {
        if (directory.exists(name)) {
            directory.delete(name);
        }
        try (BlockDevice device = directory.create(name)) {
            if (bytes.length > 0) {
                device.write(AlignedBuffers.allocate(bytes.length).put(bytes).flip(), 0);
            }
            device.sync();
        }
        directory.sync();
    }

    public static void flipBit(DeviceDirectory directory, String name, long bit) throws IOException {
        byte[] bytes = read(directory, name);
        bytes[(int) (bit / Byte.SIZE)] ^= (byte) (1 << bit % Byte.SIZE);
        write(directory, name, bytes);
    }

    /** The same for a file that may be open: only the block is written. */
    public static void flipBitInPlace(DeviceDirectory directory, String name, long bit) throws IOException {
        long at = bit / Byte.SIZE;
        ByteBuffer block = AlignedBuffers.allocate(BlockDevice.BLOCK);
        try (BlockDevice device = directory.open(name)) {
            long start = at & -BlockDevice.BLOCK;
            device.read(block, start);
            int index = (int) (at - start);
            block.put(index, (byte) (block.get(index) ^ 1 << bit % Byte.SIZE));
            device.write(block.flip(), start);
            device.sync();
        }
    }

    /** Lines of an offset and 16 bytes in hexadecimal; lines of zeros are left out, the last line is the length. */
    public static String dump(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.length; at += LINE_BYTES) {
            byte[] line = Arrays.copyOfRange(bytes, at, Math.min(at + LINE_BYTES, bytes.length));
            if (!Arrays.equals(line, new byte[line.length])) {
                text.append(HexFormat.of().toHexDigits(at)).append("  ");
                text.append(SPACED.formatHex(line)).append('\n');
            }
        }
        return text.append(HexFormat.of().toHexDigits(bytes.length))
                .append('\n')
                .toString();
    }

    /** The bytes that {@link #dump} wrote. */
    public static byte[] parse(String dump) {
        String[] lines = dump.lines().toArray(String[]::new);
        byte[] bytes = new byte[HexFormat.fromHexDigits(lines[lines.length - 1])];
        for (int i = 0; i < lines.length - 1; i++) {
            String[] parts = lines[i].split("  ", 2);
            byte[] line = SPACED.parseHex(parts[1]);
            System.arraycopy(line, 0, bytes, HexFormat.fromHexDigits(parts[0]), line.length);
        }
        return bytes;
    }

    /** The text of a golden file beside a test class. */
    public static String golden(Class<?> test, String name) {
        try (InputStream file = test.getResourceAsStream(name)) {
            if (file == null) {
                throw new AssertionError("There is no golden file " + name + " for " + test.getSimpleName() + ".");
            }
            return new String(file.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
