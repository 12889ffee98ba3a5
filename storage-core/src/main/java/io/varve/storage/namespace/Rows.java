package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Varint;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SortedMap;
import java.util.TreeMap;

/** The small pieces that rows of the namespace's families are made of. */
final class Rows {
    private Rows() {}

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void writeText(ByteBuffer target, byte[] utf8) {
        Varint.write(target, utf8.length);
        target.put(utf8);
    }

    static String readText(ByteBuffer source) throws CorruptionException {
        int length = Varint.readInt(source, source.remaining());
        if (length > source.remaining()) {
            throw new CorruptionException("A text is cut short.");
        }
        byte[] bytes = new byte[length];
        source.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static void requireBytes(ByteBuffer source, int count) throws CorruptionException {
        if (source.remaining() < count) {
            throw new CorruptionException("A row is cut short.");
        }
    }

    static long readLong(ByteBuffer source) throws CorruptionException {
        requireBytes(source, Long.BYTES);
        return source.getLong();
    }

    /** The most bytes the attributes can take in a row. */
    static int attributesBytesMax(Attributes attributes) {
        int bytes = Varint.BYTES_MAX;
        for (var entry : attributes.values().entrySet()) {
            bytes += 2 * Varint.BYTES_MAX
                    + 3 * (entry.getKey().length() + entry.getValue().length());
        }
        return bytes;
    }

    static void writeAttributes(ByteBuffer target, Attributes attributes) {
        Varint.write(target, attributes.values().size());
        attributes.values().forEach((name, value) -> {
            writeText(target, utf8(name));
            writeText(target, utf8(value));
        });
    }

    static Attributes readAttributes(ByteBuffer source) throws CorruptionException {
        int count = Varint.readInt(source, source.remaining());
        SortedMap<String, String> values = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            String name = readText(source);
            values.put(name, readText(source));
        }
        return Attributes.of(values);
    }

    static long zigzag(long value) {
        return value << 1 ^ value >> 63;
    }

    static long unzigzag(long value) {
        return value >>> 1 ^ -(value & 1);
    }

    static byte[] trimmed(ByteBuffer written) {
        byte[] bytes = new byte[written.position()];
        written.flip().get(bytes);
        return bytes;
    }
}
