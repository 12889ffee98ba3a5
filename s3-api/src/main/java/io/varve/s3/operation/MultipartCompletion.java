package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Conditions;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.KeyUploads.PartReference;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Upload;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * CompleteMultipartUpload: joins parts by reference. Thread-safe.
 *
 * <p>A client that lost the answer completes again. The object remembers the upload it came from, so as long as it is
 * the current one the second completion gets the same answer as the first.
 */
public final class MultipartCompletion {

    /** The least size of all parts but the last (user guide, "Multipart upload limits"). */
    static final long PART_BYTES_MIN = 5L << 20;

    /** Ten thousand parts with all their checksums. */
    private static final int DOCUMENT_BYTES_MAX = 8 << 20;

    private final Namespace namespace;
    private final Notifications notifications;
    private final Encryption encryption;

    public MultipartCompletion(Namespace namespace, Notifications notifications, Encryption encryption) {
        this.namespace = namespace;
        this.notifications = notifications;
        this.encryption = encryption;
    }

    /** A part as the request names it. */
    private record Wanted(int number, String etag, XmlElement element) {}

    /** CompleteMultipartUpload. */
    public void complete(Call call) throws IOException {
        WriteConditions conditions = WriteConditions.of(call.headers(), call.path());
        byte[] body = call.bodyIgnoringChecksums().readAll(DOCUMENT_BYTES_MAX);
        List<Wanted> wanted = wanted(XmlElement.parse(body, "CompleteMultipartUpload"));
        Entry entry;
        try {
            Upload upload = MultipartUploads.find(namespace, call);
            entry = publish(call, upload, wanted, conditions);
            notifications.tell(call, Notifications.CREATED_PARTS, entry);
        } catch (StorageException.NoSuchUpload e) {
            entry = completedBefore(call, wanted).orElseThrow(() -> e);
        }
        ObjectLookup.tellWritten(entry, call);
        if (Sealing.of(entry.attributes())
                .filter(how -> !how.method().isEmpty())
                .isPresent()) {
            encryption.forRead(call, entry);
        }
        XmlWriter xml = XmlWriter.document("CompleteMultipartUploadResult")
                .text("Location", call.url())
                .text("Bucket", call.bucket())
                .text("Key", call.key())
                .text("ETag", entry.etag().quoted());
        Map<ChecksumAlgorithm, String> checksums = ObjectMetadata.checksums(entry.attributes());
        checksums.forEach((algorithm, value) -> xml.text(algorithm.element(), value));
        if (!checksums.isEmpty()) {
            xml.text("ChecksumType", ObjectMetadata.checksumType(entry.attributes()));
        }
        call.answer(xml);
    }

    private static List<Wanted> wanted(XmlElement document) {
        List<Wanted> wanted = new ArrayList<>();
        for (XmlElement element : document.children("Part")) {
            String number = element.childText("PartNumber").orElse("").strip();
            String etag = element.childText("ETag")
                    .map(String::strip)
                    .orElseThrow(() -> new S3Exception(S3Error.MALFORMED_XML));
            try {
                Wanted part = new Wanted(Integer.parseInt(number), Conditions.unquoted(etag), element);
                if (part.number() < 1) {
                    throw S3Exception.invalidArgument("PartNumber", number, "PartNumber must be >= 1");
                }
                wanted.add(part);
            } catch (NumberFormatException e) {
                throw new S3Exception(S3Error.MALFORMED_XML, S3Error.MALFORMED_XML.message(), e);
            }
        }
        if (wanted.isEmpty() || wanted.size() > MultipartUploads.PARTS_MAX) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        return inOrder(wanted);
    }

    /** A part that is named twice in a row is the one that is named last. */
    private static List<Wanted> inOrder(List<Wanted> wanted) {
        List<Wanted> parts = new ArrayList<>(wanted.size());
        for (Wanted part : wanted) {
            int before = parts.isEmpty() ? 0 : parts.getLast().number();
            if (part.number() < before) {
                throw new S3Exception(S3Error.INVALID_PART_ORDER);
            }
            if (part.number() == before) {
                parts.removeLast();
            }
            parts.add(part);
        }
        return parts;
    }

    private Entry publish(Call call, Upload upload, List<Wanted> wanted, WriteConditions conditions) {
        List<Part> parts = match(upload, wanted);
        for (int i = 0; i < parts.size() - 1; i++) {
            if (parts.get(i).size() < PART_BYTES_MIN) {
                throw new S3Exception(S3Error.ENTITY_TOO_SMALL)
                        .with("ProposedSize", Long.toString(parts.get(i).size()))
                        .with("MinSizeAllowed", Long.toString(PART_BYTES_MIN))
                        .with("PartNumber", Integer.toString(parts.get(i).number()))
                        .with("ETag", parts.get(i).etag().value());
            }
        }
        long size = parts.stream().mapToLong(Part::size).sum();
        call.headers()
                .find("x-amz-mp-object-size")
                .filter(text -> !text.equals(Long.toString(size)))
                .ifPresent(ignored -> {
                    throw new S3Exception(
                            S3Error.INVALID_REQUEST,
                            "The provided 'x-amz-mp-object-size' header value does not match what was computed: "
                                    + size);
                });
        Attributes attributes =
                upload.attributes().without(MultipartUploads.ALGORITHM).with(ObjectMetadata.UPLOAD, upload.id());
        Optional<String> sizes = new PartSizes(parts.stream().map(Part::size).toList()).toText();
        if (sizes.isPresent()) {
            attributes = attributes.with(ObjectMetadata.PARTS, sizes.get());
        }
        attributes = CompletionChecksums.withWhole(call.headers(), upload, parts, attributes);
        Optional<Sealing> sealing = Sealing.of(upload.attributes());
        if (sealing.isPresent()) {
            attributes = sealing.get().with(runs(parts)).in(attributes);
        }
        PutRequest request = PutRequest.ofType(upload.contentType())
                .withAttributes(attributes)
                .withEtag(joinedTag(parts.stream().map(Part::etag).toList()));
        List<PartReference> references = parts.stream()
                .map(part -> new PartReference(part.number(), part.etag()))
                .toList();
        return namespace
                .keyUploads()
                .complete(
                        upload,
                        references,
                        request,
                        PART_BYTES_MIN,
                        call.options().when(conditions))
                .entry();
    }

    private static List<Sealing.Run> runs(List<Part> parts) {
        return parts.stream()
                .flatMap(part -> Sealing.of(part.attributes()).orElseThrow().runs().stream())
                .toList();
    }

    /** The stored parts in the order named, each checked against its tag and the checksums named with it. */
    private List<Part> match(Upload upload, List<Wanted> wanted) {
        Map<Integer, Part> stored = new HashMap<>();
        for (Part part : namespace.keyUploads().parts(upload, 0, MultipartUploads.PARTS_MAX)) {
            stored.put(part.number(), part);
        }
        List<Part> parts = new ArrayList<>(wanted.size());
        for (Wanted named : wanted) {
            Part part = stored.get(named.number());
            if (part == null
                    || !part.etag().value().equalsIgnoreCase(named.etag())
                    || !CompletionChecksums.agree(upload, part, named.element())) {
                throw new S3Exception(S3Error.INVALID_PART)
                        .with("UploadId", upload.id())
                        .with("PartNumber", Integer.toString(named.number()))
                        .with("ETag", named.etag());
            }
            parts.add(part);
        }
        return parts;
    }

    /** The entity tag of joined parts: the MD5 of their MD5s, and how many they are. */
    static EntityTag joinedTag(List<EntityTag> parts) {
        MessageDigest md5 = Ingest.md5();
        parts.forEach(part -> md5.update(HexFormat.of().parseHex(part.value())));
        return new EntityTag(HexFormat.of().formatHex(md5.digest()) + "-" + parts.size());
    }

    /** The object that this upload became, if it is still the current one and was made of the parts named now. */
    private Optional<Entry> completedBefore(Call call, List<Wanted> wanted) {
        return ObjectLookup.visible(namespace.find(call.path()))
                .filter(entry -> entry.attributes()
                        .get(ObjectMetadata.UPLOAD)
                        .filter(call.query().get("uploadId")::equals)
                        .isPresent())
                .filter(entry -> sameParts(entry, wanted));
    }

    private static boolean sameParts(Entry entry, List<Wanted> wanted) {
        try {
            return joinedTag(wanted.stream()
                            .map(part -> new EntityTag(part.etag()))
                            .toList())
                    .equals(entry.etag());
        } catch (IllegalArgumentException ignored) {
            return false;
        }
    }
}
