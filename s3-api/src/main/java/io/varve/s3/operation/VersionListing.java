package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.KeyVersion;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageClass;
import io.varve.storage.namespace.VersionPage;
import java.io.IOException;
import java.util.function.UnaryOperator;

/** ListObjectVersions. Thread-safe. */
public final class VersionListing {

    private final Namespace namespace;

    public VersionListing(Namespace namespace) {
        this.namespace = namespace;
    }

    /** ListObjectVersions: versions and delete markers of all keys, the newest of each key first. */
    public void list(Call call) throws IOException {
        QueryParameters query = call.query();
        int limit = Parameters.number(query, "max-keys", ObjectListing.KEYS_MAX, 0, ObjectListing.KEYS_MAX);
        UnaryOperator<String> coding = Parameters.keyCoding(query);
        String keyMarker = query.get("key-marker");
        String versionMarker = query.get("version-id-marker");
        if (keyMarker.isEmpty() && !versionMarker.isEmpty()) {
            throw S3Exception.invalidArgument(
                    "version-id-marker",
                    versionMarker,
                    "A version-id marker cannot be specified without a key marker.");
        }
        Bucket bucket = namespace.findBucket(call.bucket()).orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
        VersionPage page = namespace
                .keyVersions()
                .list(
                        call.bucket(),
                        new VersionPage.Query(
                                query.get("prefix"), query.get("delimiter"), keyMarker, versionMarker, limit));
        XmlWriter xml = XmlWriter.document("ListVersionsResult")
                .text("Name", call.bucket())
                .text("Prefix", coding.apply(query.get("prefix")))
                .text("KeyMarker", coding.apply(keyMarker))
                .text("VersionIdMarker", versionMarker);
        if (page.truncated()) {
            xml.text("NextKeyMarker", coding.apply(page.nextKey()));
            if (!page.nextVersion().isEmpty()) {
                xml.text("NextVersionIdMarker", page.nextVersion());
            }
        }
        xml.text("MaxKeys", limit);
        if (!query.get("delimiter").isEmpty()) {
            xml.text("Delimiter", coding.apply(query.get("delimiter")));
        }
        query.find("encoding-type").ifPresent(type -> xml.text("EncodingType", type));
        xml.text("IsTruncated", page.truncated());
        for (VersionPage.Item item : page.items()) {
            if (item instanceof VersionPage.Found found) {
                write(xml, found.version(), coding, bucket.owner());
            }
        }
        for (VersionPage.Item item : page.items()) {
            if (item instanceof VersionPage.Prefix rollUp) {
                xml.open("CommonPrefixes")
                        .text("Prefix", coding.apply(rollUp.prefix()))
                        .close("CommonPrefixes");
            }
        }
        call.answer(xml);
    }

    private static void write(XmlWriter xml, KeyVersion version, UnaryOperator<String> coding, String owner) {
        Entry entry = version.entry();
        String element = version.marker() ? "DeleteMarker" : "Version";
        xml.open(element)
                .text("Key", coding.apply(entry.path().key()))
                .text("VersionId", version.id().toString())
                .text("IsLatest", version.latest())
                .text("LastModified", HttpDate.formatIso(entry.modified()));
        if (!version.marker()) {
            xml.text("ETag", entry.etag().quoted());
            var checksums = ObjectMetadata.checksums(entry.attributes());
            for (ChecksumAlgorithm algorithm : checksums.keySet()) {
                xml.text("ChecksumAlgorithm", algorithm.name());
            }
            if (!checksums.isEmpty()) {
                xml.text("ChecksumType", ObjectMetadata.checksumType(entry.attributes()));
            }
            xml.text("Size", entry.size())
                    .text("StorageClass", StorageClass.of(entry.attributes()).name());
        }
        Owner.write(xml, "Owner", AccessLists.owner(entry, owner));
        xml.close(element);
    }
}
