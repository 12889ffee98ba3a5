package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.body.ReceivedBody;
import io.varve.s3.body.RequestBody;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumMap;
import java.util.HexFormat;
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
     * @param body what it hashes to
     */
    record Staged(StagedContent content, ReceivedBody body) implements AutoCloseable {
        @Override
        public void close() {
            content.close();
        }
    }

    /** Stores a request's body; gives up what was written if the body is not what it should be. */
    Staged receive(RequestBody body, ContentHints hints, long bytesMax, Optional<ChecksumAlgorithm> further) {
        try (ContentWriter writer = namespace.write(hints)) {
            ReceivedBody received = body.transferTo(writer, bytesMax, further);
            return new Staged(writer.finish(), received);
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    /** What a range of an object hashes to, for a part that is a copy. */
    ReceivedBody hash(Entry source, long offset, long length, Optional<ChecksumAlgorithm> algorithm) {
        boolean known = offset == 0 && length == source.size() && source.etag().isMd5();
        if (known && algorithm.isEmpty()) {
            return new ReceivedBody(length, source.etag().value(), Map.of());
        }
        MessageDigest md5 = md5();
        Map<ChecksumAlgorithm, ChecksumAlgorithm.Running> running = new EnumMap<>(ChecksumAlgorithm.class);
        algorithm.ifPresent(name -> running.put(name, name.start()));
        try {
            read(source, offset, length, (buffer, count) -> {
                md5.update(buffer, 0, count);
                running.values().forEach(checksum -> checksum.update(buffer, 0, count));
            });
            Map<ChecksumAlgorithm, String> checksums = new EnumMap<>(ChecksumAlgorithm.class);
            running.forEach((name, checksum) -> checksums.put(name, checksum.finish()));
            return new ReceivedBody(length, HexFormat.of().formatHex(md5.digest()), checksums);
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
