package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.storage.namespace.Attributes;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.CipherOutputStream;
import javax.crypto.ShortBufferException;
import org.jspecify.annotations.Nullable;

/**
 * How an object is sealed with a {@link ContentKey}: an attribute of it. An object that was uploaded in parts consists of as many runs,
 * each with a number of its own.
 *
 * @param nonce the number that the key is recognised with
 * @param check what it is recognised by
 * @param method of a key of the server's; empty for a customer's key
 * @param runs in the order of the content; of an upload under way none
 */
record Sealing(String nonce, String check, String method, List<Run> runs) {

    /** The longest text that is kept with an object: room for some thousand parts of different sizes. */
    private static final int TEXT_LENGTH_MAX = 32 * 1024;

    private static final Base64.Decoder TEXT = Base64.getUrlDecoder();

    /** Some of the content. */
    record Run(long length, String nonce) {}

    Sealing {
        runs = List.copyOf(runs);
    }

    /** For an upload with a key. */
    static Sealing begin(ContentKey key) {
        String nonce = ContentKey.newNonce();
        return new Sealing(nonce, key.check(nonce), key.method(), List.of());
    }

    /** For content of one run. */
    static Sealing of(ContentKey key, String nonce, long length) {
        return new Sealing(nonce, key.check(nonce), key.method(), List.of(new Run(length, nonce)));
    }

    Sealing with(List<Run> all) {
        return new Sealing(nonce, check, method, all);
    }

    static Optional<Sealing> of(Attributes attributes) {
        return attributes.get(Attributes.SEALED).map(Sealing::parse);
    }

    private static Sealing parse(String text) {
        List<String> fields = List.of(text.split(SealingRuns.FIELD, -1));
        String[] head = fields.getFirst().split(SealingRuns.WITHIN, -1);
        List<Run> runs = SealingRuns.parse(fields.subList(1, fields.size()));
        String method = head.length > 2 ? new String(TEXT.decode(head[2]), StandardCharsets.UTF_8) : "";
        return new Sealing(head[0], head[1], method, runs);
    }

    /**
     * Attributes of an object that is sealed like this.
     *
     * @throws S3Exception if it has too many parts of different sizes
     */
    Attributes in(Attributes attributes) {
        StringBuilder text = new StringBuilder(nonce).append(SealingRuns.WITHIN).append(check);
        if (!method.isEmpty()) {
            byte[] bytes = method.getBytes(StandardCharsets.UTF_8);
            text.append(SealingRuns.WITHIN)
                    .append(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
        }
        text.append(SealingRuns.toText(runs));
        if (text.length() > TEXT_LENGTH_MAX) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST, "An encrypted object cannot have that many parts of different sizes.");
        }
        return attributes.with(Attributes.SEALED, text.toString());
    }

    boolean isOf(ContentKey key) {
        return key.fits(nonce, check);
    }

    /** Seals what is written to a stream, from its beginning. */
    static OutputStream sealing(ContentKey key, String nonce, OutputStream out) {
        return new CipherOutputStream(out, key.cipher(nonce, 0));
    }

    /** Opens the content from a byte on. One thread. */
    Opener opener(ContentKey key, long offset) {
        return new Opener(key, offset);
    }

    /** Opens pieces of content one after the other. */
    final class Opener {
        private final ContentKey key;
        private int run = -1;
        private long left;
        private long skip;

        @Nullable
        private Cipher cipher;

        private Opener(ContentKey key, long offset) {
            this.key = key;
            this.skip = offset;
        }

        /** The plain bytes of the next piece. */
        ByteBuffer open(ByteBuffer sealed) {
            ByteBuffer plain = ByteBuffer.allocate(sealed.remaining());
            int end = sealed.limit();
            try {
                while (sealed.position() < end) {
                    Cipher now = current();
                    sealed.limit((int) Math.min(end, sealed.position() + left));
                    left -= sealed.remaining();
                    now.update(sealed, plain);
                    sealed.limit(end);
                }
            } catch (ShortBufferException e) {
                throw new AssertionError("counter mode keeps the length", e);
            }
            return plain.flip();
        }

        private Cipher current() {
            Cipher now = cipher;
            while (now == null || left == 0) {
                Run next = runs.get(++run);
                if (skip >= next.length()) {
                    skip -= next.length();
                } else {
                    now = key.cipher(next.nonce(), skip);
                    left = next.length() - skip;
                    skip = 0;
                }
            }
            cipher = now;
            return now;
        }
    }
}
