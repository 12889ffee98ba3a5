package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.StorageClass;
import io.varve.storage.namespace.Upload;
import io.varve.storage.namespace.UploadQuery;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** ListParts and ListMultipartUploads. Thread-safe. */
public final class MultipartListing {

    private static final int PAGE_MAX = 1000;

    private final Namespace namespace;

    public MultipartListing(Namespace namespace) {
        this.namespace = namespace;
    }

    /** ListParts. */
    public void parts(Call call) throws IOException {
        QueryParameters query = call.query();
        int limit = Parameters.number(query, "max-parts", PAGE_MAX, 0, PAGE_MAX);
        int marker = Parameters.number(query, "part-number-marker", 0, 0, Integer.MAX_VALUE);
        UnaryOperator<String> coding = Parameters.keyCoding(query);
        Upload upload = MultipartUploads.find(namespace, call);
        List<Part> found = namespace.keyUploads().parts(upload, marker, limit + 1);
        List<Part> page = found.subList(0, Math.min(limit, found.size()));
        Optional<ChecksumAlgorithm> algorithm = MultipartUploads.algorithm(upload);
        XmlWriter xml = XmlWriter.document("ListPartsResult")
                .text("Bucket", call.bucket())
                .text("Key", coding.apply(call.key()))
                .text("UploadId", upload.id());
        Owner.write(xml, "Initiator", upload.principal());
        Owner.write(xml, "Owner", upload.principal());
        xml.text("StorageClass", StorageClass.of(upload.attributes()).name())
                .text("PartNumberMarker", marker)
                .text(
                        "NextPartNumberMarker",
                        page.isEmpty() ? marker : page.getLast().number())
                .text("MaxParts", limit)
                .text("IsTruncated", found.size() > limit && limit > 0);
        algorithm.ifPresent(name -> xml.text("ChecksumAlgorithm", name.name())
                .text("ChecksumType", ObjectMetadata.checksumType(upload.attributes())));
        for (Part part : page) {
            xml.open("Part")
                    .text("PartNumber", part.number())
                    .text("LastModified", HttpDate.formatIso(part.modified()))
                    .text("ETag", part.etag().quoted())
                    .text("Size", part.size());
            MultipartUploads.checksums(part).forEach((name, value) -> xml.text(name.element(), value));
            xml.close("Part");
        }
        call.answer(xml);
    }

    /** A page of uploads: each with its key, or a roll-up of several keys. */
    private record Page(
            List<Upload> uploads, List<String> prefixes, boolean truncated, String nextKey, String nextId) {}

    /** ListMultipartUploads. */
    public void uploads(Call call) throws IOException {
        QueryParameters query = call.query();
        int limit = Parameters.number(query, "max-uploads", PAGE_MAX, 0, PAGE_MAX);
        UnaryOperator<String> coding = Parameters.keyCoding(query);
        if (namespace.findBucket(call.bucket()).isEmpty()) {
            throw new S3Exception(S3Error.NO_SUCH_BUCKET);
        }
        String prefix = query.get("prefix");
        Page page = page(call.bucket(), query, limit);
        XmlWriter xml = XmlWriter.document("ListMultipartUploadsResult")
                .text("Bucket", call.bucket())
                .text("KeyMarker", coding.apply(query.get("key-marker")))
                .text("UploadIdMarker", query.get("upload-id-marker"))
                .text("Prefix", coding.apply(prefix));
        if (!query.get("delimiter").isEmpty()) {
            xml.text("Delimiter", coding.apply(query.get("delimiter")));
        }
        if (page.truncated()) {
            xml.text("NextKeyMarker", coding.apply(page.nextKey())).text("NextUploadIdMarker", page.nextId());
        }
        query.find("encoding-type").ifPresent(type -> xml.text("EncodingType", type));
        xml.text("MaxUploads", limit).text("IsTruncated", page.truncated());
        for (Upload upload : page.uploads()) {
            xml.open("Upload").text("Key", coding.apply(upload.path().key())).text("UploadId", upload.id());
            Owner.write(xml, "Initiator", upload.principal());
            Owner.write(xml, "Owner", upload.principal());
            xml.text("StorageClass", StorageClass.of(upload.attributes()).name())
                    .text("Initiated", HttpDate.formatIso(upload.started()));
            MultipartUploads.algorithm(upload)
                    .ifPresent(name -> xml.text("ChecksumAlgorithm", name.name())
                            .text("ChecksumType", ObjectMetadata.checksumType(upload.attributes())));
            xml.close("Upload");
        }
        for (String rolledUp : page.prefixes()) {
            xml.open("CommonPrefixes").text("Prefix", coding.apply(rolledUp)).close("CommonPrefixes");
        }
        call.answer(xml);
    }

    /** Reads as far as the page goes; of keys that roll up together the first is read alone. */
    private Page page(String bucket, QueryParameters query, int limit) {
        String prefix = query.get("prefix");
        String delimiter = query.get("delimiter");
        List<Upload> uploads = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        UploadQuery.After after = begin(query);
        String nextKey = "";
        String nextId = "";
        while (limit > 0) {
            int room = limit - uploads.size() - prefixes.size();
            List<Upload> found = namespace.keyUploads().list(new UploadQuery(bucket, prefix, after, room + 1));
            boolean skipping = false;
            for (Upload upload : found) {
                String rolledUp = rolledUp(upload.path().key(), prefix, delimiter);
                boolean told = !rolledUp.isEmpty() && Utf8Order.compare(rolledUp, query.get("key-marker")) <= 0;
                if (!told && uploads.size() + prefixes.size() >= limit) {
                    return new Page(uploads, prefixes, true, nextKey, nextId);
                }
                if (rolledUp.isEmpty()) {
                    uploads.add(upload);
                    nextKey = upload.path().key();
                    nextId = upload.id();
                    after = new UploadQuery.Id(nextKey, nextId);
                    continue;
                }
                if (!told) {
                    prefixes.add(rolledUp);
                    nextKey = rolledUp;
                    nextId = "";
                }
                after = new UploadQuery.Below(rolledUp);
                skipping = true;
                break;
            }
            if (!skipping && found.size() <= room) {
                break;
            }
        }
        return new Page(uploads, prefixes, false, "", "");
    }

    /** What a key is rolled up to; empty if it is not. */
    private static String rolledUp(String key, String prefix, String delimiter) {
        int cut = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
        return cut < 0 ? "" : key.substring(0, cut + delimiter.length());
    }

    /** Behind the key marker, or at it with a later id if an id was given too. */
    private static UploadQuery.After begin(QueryParameters query) {
        String key = query.get("key-marker");
        String id = query.get("upload-id-marker");
        if (key.isEmpty()) {
            return new UploadQuery.Start();
        }
        return id.isEmpty() ? new UploadQuery.Key(key) : new UploadQuery.Id(key, id);
    }
}
