package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.ByteRange;
import io.varve.s3.request.Conditions;
import io.varve.s3.request.HttpDate;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** GetObject and HeadObject. Thread-safe. */
public final class ObjectReads {

    /** From here on it pays to send the headers by themselves, and then pieces of memory past the container's buffer. */
    private static final int LARGE_BYTES_MIN = 256 << 10;

    /** Where the bytes of an answer go to, all of a piece at once. */
    @FunctionalInterface
    private interface Body {
        void write(ByteBuffer piece) throws IOException;
    }

    private final Namespace namespace;
    private final Encryption encryption;

    public ObjectReads(Namespace namespace, Encryption encryption) {
        this.namespace = namespace;
        this.encryption = encryption;
    }

    /** GetObject. */
    public void get(Call call) throws IOException {
        Entry entry = find(call);
        Optional<ContentKey> key = encryption.forRead(call, entry);
        if (isAnsweredByCondition(call, entry)) {
            return;
        }
        ByteRange.Slice slice = answerHead(call, entry);
        if (slice.length() > 0) {
            send(entry, key, slice, call);
        }
    }

    /** HeadObject: all of GetObject but the bytes. */
    public void head(Call call) {
        Entry entry = find(call);
        encryption.forRead(call, entry);
        if (!isAnsweredByCondition(call, entry)) {
            answerHead(call, entry);
        }
    }

    private Entry find(Call call) {
        Encryption.refuseToRead(call.headers());
        Entry entry = ObjectLookup.find(namespace, call);
        Optional<Bucket> bucket = namespace.findBucket(call.bucket());
        bucket.ifPresent(found -> ObjectLookup.tellVersion(found, entry, call));
        if (!call.query().has("versionId")) {
            bucket.ifPresent(found -> BucketLifecycle.tell(found, entry, call.response()));
        }
        return entry;
    }

    private static boolean isAnsweredByCondition(Call call, Entry entry) {
        return switch (Conditions.of(call.headers(), "").evaluate(entry.etag().value(), entry.modified())) {
            case HOLDS -> false;
            case FAILED -> throw new S3Exception(S3Error.PRECONDITION_FAILED);
            case NOT_MODIFIED -> {
                call.response().setHeader("ETag", entry.etag().quoted());
                call.response().setHeader("Last-Modified", HttpDate.format(entry.modified()));
                ObjectMetadata.writeFreshness(entry, call);
                call.answer(HttpServletResponse.SC_NOT_MODIFIED);
                yield true;
            }
        };
    }

    /** Writes status and headers, and tells which bytes they announce. */
    private static ByteRange.Slice answerHead(Call call, Entry entry) {
        Optional<PartSizes> parts = PartSizes.of(entry);
        ByteRange range = call.query().has("partNumber")
                ? partRange(call, entry, parts)
                : ByteRange.parse(isRangeWanted(call, entry) ? call.headers().get("range") : "", entry.size());
        HttpServletResponse response = call.response();
        ByteRange.Slice slice = switch (range) {
            case ByteRange.Whole ignored -> new ByteRange.Slice(0, entry.size());
            case ByteRange.Slice part -> {
                response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
                response.setHeader("Content-Range", part.contentRange(entry.size()));
                yield part;
            }
            case ByteRange.Unsatisfiable ignored -> {
                response.setHeader("Content-Range", "bytes */" + entry.size());
                throw new S3Exception(S3Error.INVALID_RANGE)
                        .with("RangeRequested", call.headers().get("range"))
                        .with("ActualObjectSize", Long.toString(entry.size()));
            }
        };
        ObjectMetadata.write(entry, call);
        boolean whole = range instanceof ByteRange.Whole || slice.length() == entry.size();
        boolean part = call.query().has("partNumber");
        if (call.headers().get("x-amz-checksum-mode").equalsIgnoreCase("ENABLED")) {
            if (part) {
                int number = MultipartUploads.partNumber(call.query());
                ObjectMetadata.writeChecksumsOfPart(entry.attributes(), number, whole, call);
            } else if (whole) {
                ObjectMetadata.writeChecksums(entry.attributes(), call);
            }
        }
        if (part) {
            parts.ifPresent(sizes -> response.setHeader(
                    "x-amz-mp-parts-count", Integer.toString(sizes.bytes().size())));
        }
        response.setContentLengthLong(slice.length());
        return slice;
    }

    /** With If-Range a part is only wanted of what the client has the rest of (RFC 9110, section 13.1.5). */
    private static boolean isRangeWanted(Call call, Entry entry) {
        Optional<String> condition = call.headers().find("if-range");
        if (condition.isEmpty()) {
            return true;
        }
        String text = condition.get();
        return text.startsWith("\"")
                ? text.equals(entry.etag().quoted())
                : HttpDate.parse(text)
                        .filter(entry.modified().truncatedTo(ChronoUnit.SECONDS)::equals)
                        .isPresent();
    }

    /** An object that was not uploaded in parts is its own part 1. */
    private static ByteRange partRange(Call call, Entry entry, Optional<PartSizes> parts) {
        int number = MultipartUploads.partNumber(call.query());
        if (call.headers().has("range")) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST, "Cannot specify both Range header and partNumber query parameter");
        }
        if (parts.isEmpty() && number == 1) {
            return entry.size() == 0 ? new ByteRange.Whole() : new ByteRange.Slice(0, entry.size());
        }
        if (parts.isEmpty() || number > parts.get().bytes().size()) {
            throw new S3Exception(S3Error.INVALID_PART, "The object has no part of that number.")
                    .with("PartNumberRequested", Integer.toString(number));
        }
        long length = parts.get().bytes().get(number - 1);
        return length == 0
                ? new ByteRange.Whole()
                : new ByteRange.Slice(parts.get().offset(number), length);
    }

    private void send(Entry entry, Optional<ContentKey> key, ByteRange.Slice slice, Call call) throws IOException {
        HttpServletResponse response = call.response();
        Optional<Sealing.Opener> opener =
                key.map(known -> Sealing.of(entry.attributes()).orElseThrow().opener(known, slice.offset()));
        try (ContentReader reader = namespace.readSealed(entry, slice.offset(), slice.length())) {
            Body body = body(call, slice.length());
            for (ByteBuffer piece = next(reader, response); piece.hasRemaining(); piece = next(reader, response)) {
                int bytes = piece.remaining();
                body.write(opener.isPresent() ? opener.get().open(piece) : piece);
                call.traffic().sent(bytes);
            }
        }
    }

    private static Body body(Call call, long length) throws IOException {
        return length >= LARGE_BYTES_MIN && call.direct().isPresent()
                ? call.direct().get()::write
                : call.response().getOutputStream()::write;
    }

    /**
     * Reads on. Before the first byte has left, damage is answered with an error document; after it, only cutting the
     * connection tells the client that what it has is not the object.
     */
    private static ByteBuffer next(ContentReader reader, HttpServletResponse response) throws IOException {
        try {
            return reader.next();
        } catch (IOException e) {
            if (response.isCommitted()) {
                throw e;
            }
            throw Namespace.explain(e);
        }
    }
}
