package io.varve.s3.operation;

import io.varve.s3.body.BodyDigests;
import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.body.ReceivedBody;
import io.varve.s3.body.RequestBody;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Brings bytes into the store and hashes them on the way. Thread-safe. */
final class Ingest {

    private static final int BUFFER_BYTES = 128 * 1024;

    private final Namespace namespace;

    Ingest(Namespace namespace) {
        this.namespace = namespace;
    }

    /**
     * Content that is stored and verified, and belongs to no name yet.
     *
     * @param content to be published or closed
     * @param body what it hashes to, unsealed
     * @param sealing how it is sealed, if it is
     */
    record Staged(StagedContent content, ReceivedBody body, Optional<Sealing> sealing) implements AutoCloseable {
        /** Attributes of an object with this content: its checksums, and how it is sealed. */
        Attributes in(Attributes attributes) {
            Attributes all = ObjectMetadata.withChecksums(attributes, body.checksums());
            return sealing.isPresent() ? sealing.get().in(all) : all;
        }

        @Override
        public void close() {
            content.close();
        }
    }

    /**
     * Stores a request's body; gives up what was written if the body is not what it should be.
     *
     * @param further an algorithm to compute beside the one the client asked for
     * @param key what seals it
     */
    Staged receive(
            RequestBody body,
            ContentHints hints,
            long bytesMax,
            Optional<ChecksumAlgorithm> further,
            Optional<ContentKey> key) {
        return receive(body, hints, bytesMax, further, key, ContentKey.newNonce());
    }

    /** The same with a number for the key that no other content has. */
    Staged receive(
            RequestBody body,
            ContentHints hints,
            long bytesMax,
            Optional<ChecksumAlgorithm> further,
            Optional<ContentKey> key,
            String nonce) {
        try (ContentWriter writer = namespace.write(hints)) {
            ReceivedBody received = body.transferTo(sink(writer, key, nonce), bytesMax, further);
            return staged(writer, received, key, nonce);
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    private static OutputStream sink(ContentWriter writer, Optional<ContentKey> key, String nonce) {
        return key.isPresent() ? Sealing.sealing(key.get(), nonce, writer) : writer;
    }

    private static Staged staged(ContentWriter writer, ReceivedBody body, Optional<ContentKey> key, String nonce)
            throws IOException {
        return new Staged(writer.finish(), body, key.map(known -> Sealing.of(known, nonce, body.length())));
    }

    /**
     * Stores a range of an object once more, opened with one key and sealed with another.
     *
     * @param opener the key of the source, if it is sealed
     * @param key the key of the copy, if it is to be
     * @param nonce a number for it that no other content has
     */
    Staged recode(
            Entry source,
            long offset,
            long length,
            Optional<ContentKey> opener,
            Optional<ContentKey> key,
            Optional<ChecksumAlgorithm> algorithm,
            String nonce) {
        BodyDigests digests = new BodyDigests(algorithm.stream().toList());
        ContentHints hints = new ContentHints(source.path().name(), source.contentType(), length);
        try (ContentWriter writer = namespace.write(hints);
                ContentReader reader = namespace.readSealed(source, offset, length)) {
            OutputStream out = sink(writer, key, nonce);
            Optional<Sealing.Opener> opening = opener.map(
                    known -> Sealing.of(source.attributes()).orElseThrow().opener(known, offset));
            for (ByteBuffer piece = reader.next(); piece.hasRemaining(); piece = reader.next()) {
                ByteBuffer plain = opening.isPresent() ? opening.get().open(piece) : piece;
                byte[] bytes = new byte[plain.remaining()];
                plain.get(bytes);
                digests.update(bytes, 0, bytes.length);
                out.write(bytes);
            }
            return staged(writer, digests.finish(length), key, nonce);
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    /**
     * What a range of an object hashes to, for a part that is a copy; nothing is read for what is known.
     *
     * @param chosen the algorithm it must have a checksum of; empty if one that is added will do
     */
    ReceivedBody hash(Entry source, long offset, long length, Optional<ChecksumAlgorithm> chosen) {
        ChecksumAlgorithm algorithm = chosen.orElse(ChecksumHeaders.ADDED);
        boolean known = offset == 0 && length == source.size() && source.etag().isMd5();
        Optional<String> stored = ObjectMetadata.checksum(source.attributes(), algorithm);
        if (known && (chosen.isEmpty() || stored.isPresent())) {
            Map<ChecksumAlgorithm, String> checksums = stored.isPresent() ? Map.of(algorithm, stored.get()) : Map.of();
            return new ReceivedBody(length, source.etag().value(), checksums);
        }
        BodyDigests digests = new BodyDigests(List.of(algorithm));
        try {
            read(source, offset, length, (buffer, count) -> digests.update(buffer, 0, count));
            return digests.finish(length);
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    /** Reads an object through for a checksum that is not stored with it. */
    String checksum(Entry source, ChecksumAlgorithm algorithm) {
        ChecksumAlgorithm.Running running = algorithm.start();
        try {
            read(source, 0, source.size(), (buffer, count) -> running.update(buffer, 0, count));
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
        return running.finish();
    }

    private interface Sink {
        void take(byte[] buffer, int count) throws IOException;
    }

    private void read(Entry source, long offset, long length, Sink sink) throws IOException {
        if (length == 0) {
            return;
        }
        byte[] buffer = new byte[(int) Math.min(length, BUFFER_BYTES)];
        try (ContentReader reader = namespace.read(source, offset, length)) {
            for (int count = reader.read(buffer, 0, buffer.length);
                    count >= 0;
                    count = reader.read(buffer, 0, buffer.length)) {
                sink.take(buffer, count);
            }
        }
    }

    static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
