package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Conditions;
import io.varve.s3.request.Headers;
import io.varve.s3.request.HttpDate;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageClass;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** GetObjectAttributes: what is known of an object, and of its parts, in one document. Thread-safe. */
public final class ObjectAttributes {

    private static final String WANTED = "x-amz-object-attributes";
    private static final int PARTS_PAGE_MAX = 1000;
    private static final Set<String> NAMES = Set.of("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize");

    private final Namespace namespace;
    private final Encryption encryption;

    public ObjectAttributes(Namespace namespace, Encryption encryption) {
        this.namespace = namespace;
        this.encryption = encryption;
    }

    /** GetObjectAttributes. */
    public void get(Call call) throws IOException {
        Set<String> wanted = wanted(call.headers());
        int marker = number(call.headers(), "x-amz-part-number-marker", 0);
        int limit = Math.min(number(call.headers(), "x-amz-max-parts", PARTS_PAGE_MAX), PARTS_PAGE_MAX);
        Entry entry = ObjectLookup.find(namespace, call);
        ObjectLookup.tellVersion(namespace, entry, call);
        encryption.forRead(call, entry);
        if (Conditions.of(call.headers(), "").evaluate(entry.etag().value(), entry.modified())
                != Conditions.Outcome.HOLDS) {
            throw new S3Exception(S3Error.PRECONDITION_FAILED);
        }
        XmlWriter xml = XmlWriter.document("GetObjectAttributesResponse");
        if (wanted.contains("ETag")) {
            xml.text("ETag", entry.etag().value());
        }
        var checksums = ObjectMetadata.checksums(entry.attributes());
        if (wanted.contains("Checksum") && !checksums.isEmpty()) {
            xml.open("Checksum");
            // Only here a checksum that is summed up from those of parts is told without their number.
            checksums.forEach((algorithm, value) -> xml.text(algorithm.element(), withoutNumber(value)));
            xml.text("ChecksumType", ObjectMetadata.checksumType(entry.attributes()))
                    .close("Checksum");
        }
        if (wanted.contains("ObjectParts")) {
            Optional<PartSizes> parts = PartSizes.of(entry);
            if (parts.isPresent()) {
                writeParts(xml, entry, parts.get(), marker, limit);
            }
        }
        if (wanted.contains("StorageClass")) {
            xml.text("StorageClass", StorageClass.of(entry.attributes()).name());
        }
        if (wanted.contains("ObjectSize")) {
            xml.text("ObjectSize", entry.size());
        }
        call.response().setHeader("Last-Modified", HttpDate.format(entry.modified()));
        call.answer(xml);
    }

    private static String withoutNumber(String checksum) {
        int dash = checksum.indexOf('-');
        return dash < 0 ? checksum : checksum.substring(0, dash);
    }

    private static Set<String> wanted(Headers headers) {
        Set<String> wanted = new HashSet<>();
        for (String name : headers.get(WANTED).split(",", -1)) {
            if (!NAMES.contains(name.strip())) {
                throw S3Exception.invalidArgument(WANTED, headers.get(WANTED), "Invalid attribute name specified.");
            }
            wanted.add(name.strip());
        }
        return wanted;
    }

    private static void writeParts(XmlWriter xml, Entry entry, PartSizes parts, int marker, int limit) {
        int total = parts.bytes().size();
        int from = Math.min(marker, total);
        int end = Math.min(from + limit, total);
        xml.open("ObjectParts")
                .text("PartsCount", total)
                .text("PartNumberMarker", marker)
                .text("NextPartNumberMarker", end)
                .text("MaxParts", limit)
                .text("IsTruncated", end < total);
        for (int i = from; i < end; i++) {
            xml.open("Part");
            ObjectMetadata.checksumsOfPart(entry.attributes(), i + 1)
                    .forEach((algorithm, value) -> xml.text(algorithm.element(), value));
            xml.text("PartNumber", i + 1L).text("Size", parts.bytes().get(i)).close("Part");
        }
        xml.close("ObjectParts");
    }

    private static int number(Headers headers, String name, int absent) {
        Optional<String> text = headers.find(name);
        if (text.isEmpty()) {
            return absent;
        }
        try {
            int number = Integer.parseInt(text.get());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException ignored) {
            // The same answer as for a negative number.
        }
        throw S3Exception.invalidArgument(name, text.get(), "Provided " + name + " not an integer or within range");
    }
}
