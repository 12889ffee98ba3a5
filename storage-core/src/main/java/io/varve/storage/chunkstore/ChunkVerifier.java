package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads chunks past every cache and compares their SHA-256 with the fingerprint. Thread-safe. */
final class ChunkVerifier {
    /** A disk error may be a passing one. */
    private static final int TRIES = 3;

    private final MetadataView view;
    private final ChunkReader reader;

    /** @param reader without a cache */
    ChunkVerifier(MetadataView view, ChunkReader reader) {
        this.view = view;
        this.reader = reader;
    }

    /**
     * What is wrong with a chunk.
     *
     * @param chunk its fingerprint
     * @param reason for a person
     */
    record Damage(Fingerprint chunk, String reason) {}

    /** The damaged ones among some chunks; chunks that were freed since they were chosen are none. */
    List<Damage> verify(List<Fingerprint> chunks) throws IOException {
        try {
            List<byte[]> plain = reader.read(chunks);
            List<Fingerprint> found =
                    Fingerprint.ofAll(plain.stream().map(ByteBuffer::wrap).toList());
            List<Damage> damaged = new ArrayList<>();
            for (int i = 0; i < chunks.size(); i++) {
                if (!found.get(i).equals(chunks.get(i))) {
                    damaged.add(new Damage(chunks.get(i), "The bytes have another fingerprint."));
                }
            }
            return damaged;
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            List<Damage> damaged = new ArrayList<>();
            for (Fingerprint chunk : chunks) {
                verify(chunk).ifPresent(damaged::add);
            }
            return damaged;
        }
    }

    private Optional<Damage> verify(Fingerprint chunk) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                byte[] plain = reader.read(chunk);
                return Fingerprint.of(plain, 0, plain.length).equals(chunk)
                        ? Optional.empty()
                        : Optional.of(new Damage(chunk, "The bytes have another fingerprint."));
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                if (isGone(chunk)) {
                    return Optional.empty();
                }
                if (e instanceof CorruptionException || attempt == TRIES) {
                    return Optional.of(new Damage(chunk, String.valueOf(e.getMessage())));
                }
            }
        }
    }

    private boolean isGone(Fingerprint chunk) throws IOException {
        byte[] key = ChunkKeys.chunk(chunk);
        return view.get(Family.CHUNKS, key) == null && view.counter(Family.COUNTS, key) <= 0;
    }
}
