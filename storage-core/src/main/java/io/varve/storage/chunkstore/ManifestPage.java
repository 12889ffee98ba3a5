package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The stored form of a list of manifest children: a page's bytes, and the tail of an entry's row.
 *
 * <p>Grammar (see {@code docs/format.md}): count as varint, then per child {@code length * 2 + (page ? 1 : 0)} as varint and the
 * 32 bytes of its fingerprint.
 */
public final class ManifestPage {
    /** Past this many children a page ends wherever it stands. */
    static final int CHILDREN_MAX = 1024;

    /** A page has at least this many children, but for the last of its content. */
    static final int CHILDREN_MIN = 128;

    /** Beyond the minimum a page ends after a child whose fingerprint has these bits clear: one in 256. */
    private static final long CUT_MASK = 0xFF;

    private ManifestPage() {}

    /** Whether a page ends after this child, so that equal runs of chunks give equal pages wherever they stand. */
    static boolean cutsAfter(ManifestChild child, int count) {
        return count >= CHILDREN_MAX
                || (count >= CHILDREN_MIN && (child.fingerprint().d() & CUT_MASK) == 0);
    }

    /** The most bytes that so many children take. */
    public static int bytesMax(int children) {
        return Varint.BYTES_MAX + children * (Varint.BYTES_MAX + Fingerprint.BYTES);
    }

    public static void encode(List<ManifestChild> children, ByteBuffer target) {
        Varint.write(target, children.size());
        for (ManifestChild child : children) {
            Varint.write(target, child.length() << 1 | (child.page() ? 1 : 0));
            child.fingerprint().write(target);
        }
    }

    static byte[] encode(List<ManifestChild> children) {
        ByteBuffer page = ByteBuffer.allocate(bytesMax(children.size()));
        encode(children, page);
        byte[] bytes = new byte[page.position()];
        page.flip().get(bytes);
        return bytes;
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @param childrenMax more is damage
     * @throws CorruptionException if the bytes are no such list
     */
    public static List<ManifestChild> decode(ByteBuffer source, int childrenMax) throws CorruptionException {
        int count = Varint.readInt(source, childrenMax);
        List<ManifestChild> children = new ArrayList<>(Math.min(count, source.remaining() / Fingerprint.BYTES + 1));
        for (int i = 0; i < count; i++) {
            long head = Varint.read(source);
            if (head < 2 || source.remaining() < Fingerprint.BYTES) {
                throw new CorruptionException("A manifest is cut short, or a child of it is empty.");
            }
            children.add(new ManifestChild(Fingerprint.read(source), head >>> 1, (head & 1) != 0));
        }
        return children;
    }
}
