package io.varve.s3.operation;

import io.varve.s3.S3Settings;
import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.body.ReceivedBody;
import io.varve.s3.body.RequestBody;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.ByteRange;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.Upload;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** CreateMultipartUpload, UploadPart, UploadPartCopy, AbortMultipartUpload. Thread-safe. */
public final class MultipartUploads {

    static final int PARTS_MAX = 10_000;

    /** The algorithm chosen when the upload was begun; it is no checksum, so it does not reach the object. */
    static final String ALGORITHM = "s:checksum-algorithm";

    private final Namespace namespace;
    private final AccessControl access;
    private final LockHeaders locks;
    private final S3Settings settings;
    private final Ingest ingest;
    private final Encryption encryption;
    private final PartNonces nonces = new PartNonces();

    public MultipartUploads(
            Namespace namespace, AccessControl access, LockHeaders locks, S3Settings settings, Encryption encryption) {
        this.locks = locks;
        this.encryption = encryption;
        this.namespace = namespace;
        this.access = access;
        this.settings = settings;
        this.ingest = new Ingest(namespace);
    }

    /** CreateMultipartUpload. */
    public void create(Call call) throws IOException {
        UnsupportedHeaders.refuse(call.headers());
        Attributes attributes = AccessLists.withList(
                TtlHeader.apply(namespace, call.headers(), ObjectMetadata.attributes(call.headers())),
                namespace,
                access,
                call);
        attributes = locks.withLock(attributes, call);
        Optional<ChecksumAlgorithm> algorithm = ChecksumHeaders.algorithm(call.headers());
        if (algorithm.isEmpty() && ChecksumHeaders.type(call.headers()).isPresent()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
        }
        if (algorithm.isPresent()) {
            ChecksumAlgorithm.Type type = ChecksumHeaders.type(call.headers(), algorithm.get());
            attributes =
                    attributes.with(ALGORITHM, algorithm.get().name()).with(ObjectMetadata.CHECKSUM_TYPE, type.name());
            call.response()
                    .setHeader("x-amz-checksum-algorithm", algorithm.get().name());
            call.response().setHeader("x-amz-checksum-type", type.name());
        }
        Optional<ContentKey> key = encryption.forWrite(call);
        if (key.isPresent()) {
            key.get().tell(call.response());
            attributes = Sealing.begin(key.get()).in(attributes);
        }
        PutRequest request =
                PutRequest.ofType(ObjectMetadata.contentType(call.headers())).withAttributes(attributes);
        Upload upload = namespace.keyUploads().begin(call.path(), request, call.options());
        call.answer(XmlWriter.document("InitiateMultipartUploadResult")
                .text("Bucket", call.bucket())
                .text("Key", call.key())
                .text("UploadId", upload.id()));
    }

    /** The upload that a request names. */
    static Upload find(Namespace namespace, Call call) {
        return namespace.keyUploads().find(call.path(), call.query().get("uploadId"));
    }

    /** The checksum algorithm an upload was begun with. */
    static Optional<ChecksumAlgorithm> algorithm(Upload upload) {
        return upload.attributes().get(ALGORITHM).flatMap(ChecksumAlgorithm::ofName);
    }

    /** The algorithm that the checksum of the whole is made with. */
    private static Optional<ChecksumAlgorithm> summed(Upload upload) {
        return algorithm(upload).or(() -> Optional.of(ChecksumHeaders.ADDED));
    }

    /** The checksums of a part to tell: one that was only added is no news to who sent another. */
    static Map<ChecksumAlgorithm, String> checksums(Part part) {
        Map<ChecksumAlgorithm, String> all = ObjectMetadata.checksums(part.attributes());
        if (all.size() > 1) {
            all.remove(ChecksumHeaders.ADDED);
        }
        return all;
    }

    static int partNumber(QueryParameters query) {
        String text = query.get("partNumber");
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= PARTS_MAX) {
                return number;
            }
        } catch (NumberFormatException ignored) {
            // The same answer as for a number out of range.
        }
        throw S3Exception.invalidArgument(
                "partNumber", text, "Part number must be an integer between 1 and " + PARTS_MAX + ", inclusive");
    }

    /** UploadPart. */
    public void uploadPart(Call call) throws IOException {
        UnsupportedHeaders.refuse(call.headers());
        int number = partNumber(call.query());
        RequestBody body = call.body().requireLength(settings.putBytesMax());
        Upload upload = find(namespace, call);
        Optional<ChecksumAlgorithm> algorithm = algorithm(upload);
        algorithm.ifPresent(wanted -> requireChecksum(upload, wanted, body.checksum()));
        namespace.quotas().requireRoom(upload.path(), body.length());
        ContentHints hints = new ContentHints(upload.path().name(), upload.contentType(), body.length());
        Optional<ContentKey> key = key(call, upload);
        try (Ingest.Staged staged = ingest.receive(
                body, hints, settings.putBytesMax(), summed(upload), key, nonces.next(upload.id(), number))) {
            Part part = store(upload, number, staged);
            call.response().setHeader("ETag", part.etag().quoted());
            checksums(part).forEach((name, value) -> call.response().setHeader(name.header(), value));
            call.answer(HttpServletResponse.SC_OK);
        }
    }

    /** A part has no checksum of another kind, and none at all only where the whole does not need its parts'. */
    private static void requireChecksum(Upload upload, ChecksumAlgorithm wanted, Optional<ChecksumAlgorithm> given) {
        boolean spared = given.isEmpty()
                && ObjectMetadata.checksumType(upload.attributes()).equals(ChecksumAlgorithm.Type.FULL_OBJECT.name());
        if (!spared && !given.equals(Optional.of(wanted))) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "Checksum Type mismatch occurred, expected checksum Type: " + wanted.lowerName()
                            + ", actual checksum Type: "
                            + given.map(ChecksumAlgorithm::lowerName).orElse("null"));
        }
    }

    /** UploadPartCopy: by reference; the range is read for its MD5 and the checksum that the upload wants. */
    public void uploadPartCopy(Call call) throws IOException {
        UnsupportedHeaders.refuse(call.headers());
        int number = partNumber(call.query());
        Upload upload = find(namespace, call);
        Entry source = ObjectCopy.source(namespace, access, call);
        ByteRange.Slice slice = sourceRange(call, source);
        if (slice.length() > settings.putBytesMax()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "The specified copy source is larger than the maximum" + " allowable size for a copy source: "
                            + settings.putBytesMax());
        }
        Part part = copy(call, upload, number, source, slice);
        XmlWriter xml = XmlWriter.document("CopyPartResult")
                .text("LastModified", HttpDate.formatIso(part.modified()))
                .text("ETag", part.etag().quoted());
        ObjectMetadata.checksums(part.attributes()).forEach((name, value) -> xml.text(name.element(), value));
        call.answer(xml);
    }

    private Part copy(Call call, Upload upload, int number, Entry source, ByteRange.Slice slice) {
        Optional<ContentKey> opener = encryption.forRead(source, ContentKey.ofCopySource(call.headers()));
        Optional<ContentKey> key = key(call, upload);
        if (opener.isPresent() || key.isPresent()) {
            try (Ingest.Staged staged = ingest.recode(
                    source,
                    slice.offset(),
                    slice.length(),
                    opener,
                    key,
                    summed(upload),
                    nonces.next(upload.id(), number))) {
                return store(upload, number, staged);
            }
        }
        ReceivedBody hashed = ingest.hash(source, slice.offset(), slice.length(), algorithm(upload));
        return namespace
                .keyUploads()
                .putPartCopy(
                        upload,
                        number,
                        source,
                        slice.offset(),
                        slice.length(),
                        new EntityTag(hashed.md5Hex()),
                        ObjectMetadata.withChecksums(Attributes.NONE, hashed.checksums()));
    }

    /** The key of a part, which must be that of its upload. */
    private Optional<ContentKey> key(Call call, Upload upload) {
        Optional<ContentKey> key = encryption.forPart(call, Sealing.of(upload.attributes()));
        key.ifPresent(known -> known.tell(call.response()));
        return key;
    }

    private Part store(Upload upload, int number, Ingest.Staged staged) {
        return namespace
                .keyUploads()
                .putPart(
                        upload,
                        number,
                        staged.content(),
                        new EntityTag(staged.body().md5Hex()),
                        staged.in(Attributes.NONE));
    }

    /** Unlike a Range header, this one must be exact. */
    private static ByteRange.Slice sourceRange(Call call, Entry source) {
        Optional<String> header = call.headers().find("x-amz-copy-source-range");
        if (header.isEmpty()) {
            return new ByteRange.Slice(0, source.size());
        }
        String text = header.get();
        boolean complete = text.startsWith("bytes=") && Character.isDigit(text.charAt(text.length() - 1));
        if (!complete
                || !(ByteRange.parse(text, Long.MAX_VALUE) instanceof ByteRange.Slice slice)
                || text.startsWith("bytes=-")) {
            throw S3Exception.invalidArgument(
                    "x-amz-copy-source-range",
                    text,
                    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are"
                            + " the zero-based offsets of the first and last bytes to copy");
        }
        if (slice.offset() + slice.length() > source.size()) {
            throw new S3Exception(
                            S3Error.INVALID_RANGE,
                            "Range specified is not valid for source object of size: " + source.size())
                    .with("RangeRequested", text)
                    .with("ActualObjectSize", Long.toString(source.size()));
        }
        return slice;
    }

    /** AbortMultipartUpload. */
    public void abort(Call call) {
        namespace.keyUploads().abort(find(namespace, call));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }
}
