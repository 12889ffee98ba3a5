package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.ListPage;
import io.varve.storage.namespace.ListQuery;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageClass;
import java.io.IOException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** ListObjects and ListObjectsV2. Thread-safe. */
public final class ObjectListing {

    static final int KEYS_MAX = 1000;

    private final Namespace namespace;

    public ObjectListing(Namespace namespace) {
        this.namespace = namespace;
    }

    /** ListObjects, the first version: pages begin after a marker, which is a key or a roll-up. */
    public void listV1(Call call) throws IOException {
        QueryParameters query = call.query();
        int limit = Parameters.number(query, "max-keys", KEYS_MAX, 0, KEYS_MAX);
        UnaryOperator<String> coding = Parameters.keyCoding(query);
        checkOrder(query);
        String delimiter = query.get("delimiter");
        ListPage page = namespace.list(
                call.bucket(), new ListQuery(query.get("prefix"), delimiter, query.get("marker"), limit));
        boolean truncated = page.truncated() && limit > 0;
        XmlWriter xml = begin(call, prefixCoding(query, coding), coding, limit, truncated);
        xml.text("Marker", coding.apply(query.get("marker")));
        // Amazon S3 tells it only here; without roll-ups the last key is the next marker.
        if (truncated && !delimiter.isEmpty()) {
            xml.text("NextMarker", coding.apply(page.next()));
        }
        writeItems(xml, page, coding, Optional.of(owner(call)));
        call.answer(xml);
    }

    /** ListObjectsV2: pages follow each other by an opaque token. */
    public void listV2(Call call) throws IOException {
        QueryParameters query = call.query();
        if (!query.get("list-type").equals("2")) {
            throw S3Exception.invalidArgument(
                    "list-type", query.get("list-type"), "Invalid List Type specified in Request");
        }
        int limit = Parameters.number(query, "max-keys", KEYS_MAX, 0, KEYS_MAX);
        UnaryOperator<String> coding = Parameters.keyCoding(query);
        checkOrder(query);
        Optional<String> token = query.find("continuation-token");
        String after = token.map(PageToken::parse).orElseGet(() -> query.get("start-after"));
        ListPage page =
                namespace.list(call.bucket(), new ListQuery(query.get("prefix"), query.get("delimiter"), after, limit));
        boolean truncated = page.truncated() && limit > 0;
        XmlWriter xml = begin(call, coding, coding, limit, truncated);
        xml.text("KeyCount", limit == 0 ? 0 : page.items().size());
        token.ifPresent(text -> xml.text("ContinuationToken", text));
        if (truncated) {
            xml.text("NextContinuationToken", PageToken.of(page.next()));
        }
        if (query.has("start-after")) {
            xml.text("StartAfter", coding.apply(query.get("start-after")));
        }
        boolean owners = query.get("fetch-owner").equalsIgnoreCase("true");
        writeItems(xml, page, coding, owners ? Optional.of(owner(call)) : Optional.empty());
        call.answer(xml);
    }

    /** A client of Ceph's may do without the order, which it has here in any case; it cannot have roll-ups then. */
    private static void checkOrder(QueryParameters query) {
        String unordered = query.get("allow-unordered");
        if (unordered.equalsIgnoreCase("true") && !query.get("delimiter").isEmpty()) {
            throw S3Exception.invalidArgument(
                    "allow-unordered", unordered, "A list without an order cannot have a delimiter.");
        }
    }

    /**
     * Of the first version's answer some clients decode the prefix and others, botocore among them, do not: one that decoding leaves
     * as it is suits both.
     */
    private static UnaryOperator<String> prefixCoding(QueryParameters query, UnaryOperator<String> coding) {
        return query.get("prefix").chars().allMatch(ObjectListing::isPlain) ? UnaryOperator.identity() : coding;
    }

    /** Whether a character means itself both percent-coded and in an XML document. */
    private static boolean isPlain(int c) {
        return c != '%' && c != '+' && (c >= ' ' || c == '\t' || c == '\n' || c == '\r') && c < 0xfffe;
    }

    private static XmlWriter begin(
            Call call, UnaryOperator<String> prefixCoding, UnaryOperator<String> coding, int limit, boolean truncated) {
        QueryParameters query = call.query();
        XmlWriter xml = XmlWriter.document("ListBucketResult")
                .text("Name", call.bucket())
                .text("Prefix", prefixCoding.apply(query.get("prefix")))
                .text("MaxKeys", limit);
        if (!query.get("delimiter").isEmpty()) {
            xml.text("Delimiter", coding.apply(query.get("delimiter")));
        }
        query.find("encoding-type").ifPresent(type -> xml.text("EncodingType", type));
        return xml.text("IsTruncated", truncated);
    }

    /** Keys first and then roll-ups, as the schema of the answer has them. */
    private static void writeItems(XmlWriter xml, ListPage page, UnaryOperator<String> coding, Optional<String> owner) {
        for (ListPage.Item item : page.items()) {
            if (item instanceof ListPage.Key key) {
                writeKey(xml, key.entry(), coding, owner);
            }
        }
        for (ListPage.Item item : page.items()) {
            if (item instanceof ListPage.Prefix rollUp) {
                xml.open("CommonPrefixes")
                        .text("Prefix", coding.apply(rollUp.prefix()))
                        .close("CommonPrefixes");
            }
        }
    }

    private static void writeKey(XmlWriter xml, Entry entry, UnaryOperator<String> coding, Optional<String> owner) {
        xml.open("Contents")
                .text("Key", coding.apply(entry.path().key()))
                .text("LastModified", HttpDate.formatIso(entry.modified()))
                .text("ETag", entry.etag().quoted());
        var checksums = ObjectMetadata.checksums(entry.attributes());
        for (ChecksumAlgorithm algorithm : checksums.keySet()) {
            xml.text("ChecksumAlgorithm", algorithm.name());
        }
        if (!checksums.isEmpty()) {
            xml.text("ChecksumType", ObjectMetadata.checksumType(entry.attributes()));
        }
        xml.text("Size", entry.size());
        owner.ifPresent(name -> Owner.write(xml, "Owner", AccessLists.owner(entry, name)));
        xml.text("StorageClass", StorageClass.of(entry.attributes()).name()).close("Contents");
    }

    /** Who owns those objects that say nothing else. */
    private String owner(Call call) {
        return namespace
                .findBucket(call.bucket())
                .map(Bucket::owner)
                .orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
    }
}
