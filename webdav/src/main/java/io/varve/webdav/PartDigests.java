package io.varve.webdav;

import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.NamedUploads;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Upload;
import io.varve.webdav.wire.DigestAlgorithm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/**
 * What the parts of uploads hash to together, worked out while they arrive: clients tell it at the end only, and then want an answer at
 * once. Parts are hashed in their order, as far as they are there without a gap, one upload at a time, beside the requests. All of it may be
 * lost (a restart, too many uploads, a part that was sent again after it was hashed): then the parts are read at the end. Thread-safe.
 */
final class PartDigests {
    /** Each holds two hashes, and of its parts what tells them from others. */
    private static final int UPLOADS_MAX = 32;

    /** Parts of an upload that are remembered: of more than clients send, nothing is worked out. */
    private static final int PARTS_MAX = 20_000;

    private static final int DIGITS_MAX = 18;

    private final NamedUploads uploads;
    private final Semaphore turn = new Semaphore(1);
    private final LinkedHashMap<String, Progress> known = new LinkedHashMap<>(16, 0.75f, true);

    PartDigests(NamedUploads uploads) {
        this.uploads = uploads;
    }

    /** A part without its content, of which there may be much. */
    private record Arrived(int number, Instant modified, EntityTag etag, long bytes) {
        static Arrived of(Part part) {
            return new Arrived(part.number(), part.modified(), part.etag(), part.size());
        }
    }

    /** How far the parts of an upload are hashed. */
    static final class Progress {
        private final Map<DigestAlgorithm, DigestAlgorithm.Running> states = new EnumMap<>(DigestAlgorithm.class);
        private final List<Arrived> hashed = new ArrayList<>();
        private final TreeMap<Long, Arrived> waiting = new TreeMap<>();
        private long last = -1;
        private long bytes;
        private boolean working;
        private boolean broken;

        private Progress() {
            states.put(DigestAlgorithm.SHA1, DigestAlgorithm.SHA1.start());
            states.put(DigestAlgorithm.MD5, DigestAlgorithm.MD5.start());
        }

        /** The hashes of the first parts. */
        Map<DigestAlgorithm, DigestAlgorithm.Running> states() {
            return states;
        }

        /** How many parts they are of. */
        int parts() {
            return hashed.size();
        }

        /** Whether they are of the first of these. */
        boolean isOf(List<Part> parts) {
            for (int i = 0; i < hashed.size(); i++) {
                if (i == parts.size() || !hashed.get(i).equals(Arrived.of(parts.get(i)))) {
                    return false;
                }
            }
            return true;
        }

        /** Parts are counted from 0 or 1, or named by the offset of their first byte. */
        private boolean goesOn() {
            if (waiting.isEmpty()) {
                return false;
            }
            long next = waiting.firstKey();
            return hashed.isEmpty() ? next <= 1 : next == last + 1 || next == bytes;
        }
    }

    /** A part is stored, perhaps in the place of another. */
    synchronized void arrived(Upload upload, Part part) {
        Progress progress = known.computeIfAbsent(upload.id(), ignored -> new Progress());
        if (known.size() > UPLOADS_MAX) {
            known.pollFirstEntry();
        }
        long number = number(NamedUploads.nameOf(part));
        if (number <= progress.last || progress.hashed.size() + progress.waiting.size() == PARTS_MAX) {
            known.remove(upload.id());
            return;
        }
        progress.waiting.put(number, Arrived.of(part));
        if (!progress.working && progress.goesOn()) {
            progress.working = true;
            Thread.startVirtualThread(() -> work(upload, progress));
        }
    }

    /** Nobody will ask about the upload any more. */
    synchronized void forget(Upload upload) {
        known.remove(upload.id());
    }

    /** What is known of an upload that ends, once all of it that arrived without a gap is hashed; empty for nothing. */
    synchronized Optional<Progress> end(Upload upload) {
        Progress progress = known.remove(upload.id());
        if (progress == null) {
            return Optional.empty();
        }
        try {
            while (progress.working) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
        return progress.broken ? Optional.empty() : Optional.of(progress);
    }

    private void work(Upload upload, Progress progress) {
        boolean whole = false;
        try {
            Optional<Arrived> next = take(progress);
            boolean same = true;
            while (same && next.isPresent()) {
                same = hash(upload, next.get(), progress);
                next = same ? take(progress) : Optional.empty();
            }
            whole = same;
        } catch (StorageException e) {
            // The upload was given up, or a part cannot be read: whoever ends it will be told why.
            whole = false;
        } finally {
            stop(progress, whole);
        }
    }

    private synchronized Optional<Arrived> take(Progress progress) {
        if (!progress.goesOn()) {
            progress.working = false;
            notifyAll();
            return Optional.empty();
        }
        Map.Entry<Long, Arrived> next = progress.waiting.pollFirstEntry();
        progress.last = next.getKey();
        progress.bytes += next.getValue().bytes();
        progress.hashed.add(next.getValue());
        return Optional.of(next.getValue());
    }

    private synchronized void stop(Progress progress, boolean whole) {
        if (!whole) {
            progress.broken = true;
            progress.working = false;
            notifyAll();
        }
    }

    /** Hashes a part; false if another is in its place by now. */
    private boolean hash(Upload upload, Arrived arrived, Progress progress) {
        turn.acquireUninterruptibly();
        try {
            Optional<Part> part = uploads.part(upload, arrived.number())
                    .filter(found -> Arrived.of(found).equals(arrived));
            part.ifPresent(there -> forEachPiece(
                    uploads,
                    upload,
                    there,
                    bytes -> progress.states.values().forEach(state -> state.update(bytes, 0, bytes.length))));
            return part.isPresent();
        } finally {
            turn.release();
        }
    }

    /** What is done with some bytes. */
    @FunctionalInterface
    interface Piece {
        void accept(byte[] bytes);
    }

    /** Reads a part from its first byte to its last. */
    static void forEachPiece(NamedUploads uploads, Upload upload, Part part, Piece action) {
        try (ContentReader reader = uploads.read(upload, part)) {
            long left = part.size();
            while (left > 0) {
                ByteBuffer piece = reader.next();
                byte[] bytes = new byte[piece.remaining()];
                piece.get(bytes);
                action.accept(bytes);
                left -= bytes.length;
            }
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    /** The number that a part's name begins with: {@code 00017}, or an offset as in {@code 000010485760-000020971519}. */
    static long number(String name) {
        int digits = 0;
        while (digits < name.length() && digits < DIGITS_MAX && Character.digit(name.charAt(digits), 10) >= 0) {
            digits++;
        }
        return digits == 0 ? Long.MAX_VALUE : Long.parseLong(name.substring(0, digits));
    }
}
