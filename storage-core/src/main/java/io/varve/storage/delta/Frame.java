package io.varve.storage.delta;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/**
 * Neighbouring chunks that were compressed as one, 6 to 16 % smaller than each by itself, because each has those before it as history.
 * A directory that is not compressed says what is in it. Made by {@link FrameBuilder}; {@code docs/format.md} has the bytes.
 *
 * <p>A chunk is read by decoding all before it too, which is why frames are short. Immutable.
 */
public final class Frame {
    /** The Zstandard window: a whole frame, and no more than that is ever set aside to decode one. */
    private static final int WINDOW_LOG = 20;

    /** All members together have at most so many bytes: 1 MiB. */
    public static final int PLAIN_BYTES_MAX = 1 << WINDOW_LOG;

    /** The most members a frame can have. */
    public static final int MEMBERS_MAX = 1024;

    static final byte FORMAT = 1;
    static final int HEADER_BYTES = Byte.BYTES + Short.BYTES;
    static final int FINGERPRINT_BYTES = 32;
    static final int MEMBER_BYTES = FINGERPRINT_BYTES + Long.BYTES + Integer.BYTES;

    private final List<Member> members;
    private final int plainBytes;

    /** The members' bytes one after the other, compressed. */
    private final byte[] block;

    /**
     * A chunk in a frame.
     *
     * @param fingerprint its 32 bytes, read-only
     * @param plainXxh3 the checksum of its bytes; decoding does not look at it
     * @param offset where its bytes begin among those of all members
     * @param length how many it has, at least 1
     */
    public record Member(ByteBuffer fingerprint, long plainXxh3, int offset, int length) {
        /** A view of its own for each caller: reading it changes nobody else's position. */
        @Override
        public ByteBuffer fingerprint() {
            return fingerprint.duplicate();
        }
    }

    private Frame(List<Member> members, int plainBytes, byte[] block) {
        this.members = Collections.unmodifiableList(members);
        this.plainBytes = plainBytes;
        this.block = block;
    }

    /**
     * Reads what {@link FrameBuilder#encode()} wrote, and decodes nothing yet.
     *
     * @param stored the frame from position to limit; the position is not changed, and the bytes may change afterwards
     * @throws CorruptionException if the directory is cut short or breaks a limit
     */
    public static Frame read(ByteBuffer stored) throws CorruptionException {
        ByteBuffer source = stored.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (source.remaining() < HEADER_BYTES) {
            throw new CorruptionException("A frame of " + source.remaining() + " bytes.");
        }
        byte format = source.get();
        if (format != FORMAT) {
            throw new CorruptionException("A frame has format " + format + ", which this version does not know.");
        }
        int count = Short.toUnsignedInt(source.getShort());
        if (count == 0 || count > MEMBERS_MAX || source.remaining() < count * MEMBER_BYTES) {
            throw new CorruptionException("A frame claims " + count + " members in " + source.remaining() + " bytes.");
        }
        List<Member> members = new ArrayList<>(count);
        int offset = 0;
        for (int i = 0; i < count; i++) {
            byte[] fingerprint = new byte[FINGERPRINT_BYTES];
            source.get(fingerprint);
            long plainXxh3 = source.getLong();
            int length = source.getInt();
            if (length < 1 || length > PLAIN_BYTES_MAX - offset) {
                throw new CorruptionException("A frame has a member of " + length + " bytes at " + offset + ".");
            }
            members.add(new Member(ByteBuffer.wrap(fingerprint).asReadOnlyBuffer(), plainXxh3, offset, length));
            offset += length;
        }
        byte[] block = new byte[source.remaining()];
        source.get(block);
        return new Frame(members, offset, block);
    }

    /** What is in it, in order. */
    public List<Member> members() {
        return members;
    }

    /** All members' bytes together. */
    public int plainBytes() {
        return plainBytes;
    }

    /**
     * Decodes all members. The result has the right length; that it has the right bytes is for their checksums to say.
     *
     * @return their bytes, one after the other
     * @throws CorruptionException if others than the directory promises come out
     */
    public byte[] decode() throws CorruptionException {
        byte[] plain = new byte[plainBytes];
        int decoded = call(context -> context.decompressByteArray(plain, 0, plain.length, block, 0, block.length));
        if (decoded != plainBytes) {
            throw new CorruptionException("A frame decodes to " + decoded + " bytes, not " + plainBytes + ".");
        }
        return plain;
    }

    /**
     * Decodes one member, and what stands before it, but not what follows. The result has the right length; that it has the right bytes
     * is for its checksum to say.
     *
     * @param index its place among the members, from 0
     * @return its bytes
     * @throws CorruptionException if the frame ends before the member does
     */
    public byte[] decode(int index) throws CorruptionException {
        Member member = members.get(Objects.checkIndex(index, members.size()));
        ByteBuffer plain = ByteBuffer.allocate(member.offset + member.length);
        ByteBuffer source = ByteBuffer.wrap(block);
        call(context -> {
            context.setLongMax(WINDOW_LOG);
            while (plain.hasRemaining() && source.hasRemaining()) {
                context.decompressByteBufferStream(plain, source);
            }
            return plain.position();
        });
        if (plain.hasRemaining()) {
            throw new CorruptionException("A frame ends after " + plain.position() + " bytes, inside a member.");
        }
        byte[] bytes = new byte[member.length];
        plain.get(member.offset, bytes);
        return bytes;
    }

    private static int call(Function<ZstdDecompressCtx, Integer> call) throws CorruptionException {
        try {
            return ZstdContexts.decompress(call);
        } catch (ZstdException e) {
            throw new CorruptionException("A frame's block is damaged.", e);
        }
    }
}
