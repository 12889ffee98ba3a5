package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import jakarta.servlet.http.HttpServletResponse;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.CipherOutputStream;
import javax.crypto.ShortBufferException;
import org.jspecify.annotations.Nullable;

/**
 * How an object is sealed with a {@link CustomerKey}: an attribute of it. An object that was uploaded in parts consists of as many runs,
 * each with a number of its own.
 *
 * @param nonce the number that the key is recognised with
 * @param check what it is recognised by
 * @param runs in the order of the content; of an upload under way none
 */
record Sealing(String nonce, String check, List<Run> runs) {

    /** The most parts of a sealed object: more numbers do not fit into its attributes. */
    static final int PARTS_MAX = 1500;

    private static final String FIELD = "/";
    private static final String WITHIN = ":";

    /** Some of the content. */
    record Run(long length, String nonce) {}

    Sealing {
        runs = List.copyOf(runs);
    }

    /** For an upload with a key. */
    static Sealing begin(CustomerKey key) {
        String nonce = CustomerKey.newNonce();
        return new Sealing(nonce, key.check(nonce), List.of());
    }

    /** For content of one run. */
    static Sealing of(CustomerKey key, String nonce, long length) {
        return new Sealing(nonce, key.check(nonce), List.of(new Run(length, nonce)));
    }

    Sealing with(List<Run> all) {
        return new Sealing(nonce, check, all);
    }

    static Optional<Sealing> of(Attributes attributes) {
        return attributes.get(Attributes.SEALED).map(Sealing::parse);
    }

    private static Sealing parse(String text) {
        String[] fields = text.split(FIELD, -1);
        String[] head = fields[0].split(WITHIN, -1);
        List<Run> runs = new ArrayList<>();
        for (int i = 1; i < fields.length; i++) {
            String[] run = fields[i].split(WITHIN, -1);
            runs.add(new Run(Long.parseLong(run[0]), run[1]));
        }
        return new Sealing(head[0], head[1], runs);
    }

    Attributes in(Attributes attributes) {
        StringBuilder text = new StringBuilder(nonce).append(WITHIN).append(check);
        for (Run run : runs) {
            text.append(FIELD).append(run.length()).append(WITHIN).append(run.nonce());
        }
        return attributes.with(Attributes.SEALED, text.toString());
    }

    /**
     * The key that opens an object, checked.
     *
     * @param given what the request sends
     * @return empty if the object is not sealed
     * @throws S3Exception if the key is missing, another, or not wanted
     */
    static Optional<CustomerKey> keyFor(Entry entry, Optional<CustomerKey> given) {
        Optional<Sealing> sealing = of(entry.attributes());
        if (sealing.isEmpty() && given.isPresent()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST, "The encryption parameters are not applicable to this object.");
        }
        if (sealing.isPresent() && given.isEmpty()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "The object was stored using a form of Server Side Encryption. The correct parameters must be"
                            + " provided to retrieve the object.");
        }
        if (sealing.isPresent() && !sealing.get().isOf(given.orElseThrow())) {
            throw new S3Exception(S3Error.INVALID_REQUEST, "The key is not the one the object was stored with.");
        }
        return given;
    }

    /** The same for a read, which tells the client about the key. */
    static Optional<CustomerKey> keyFor(Entry entry, Optional<CustomerKey> given, HttpServletResponse response) {
        Optional<CustomerKey> key = keyFor(entry, given);
        key.ifPresent(known -> known.tell(response));
        return key;
    }

    boolean isOf(CustomerKey key) {
        return key.fits(nonce, check);
    }

    /** Seals what is written to a stream, from its beginning. */
    static OutputStream sealing(CustomerKey key, String nonce, OutputStream out) {
        return new CipherOutputStream(out, key.cipher(nonce, 0));
    }

    /** Opens the content from a byte on. One thread. */
    Opener opener(CustomerKey key, long offset) {
        return new Opener(key, offset);
    }

    /** Opens pieces of content one after the other. */
    final class Opener {
        private final CustomerKey key;
        private int run = -1;
        private long left;
        private long skip;

        @Nullable
        private Cipher cipher;

        private Opener(CustomerKey key, long offset) {
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
