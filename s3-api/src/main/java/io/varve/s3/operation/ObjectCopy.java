package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.CopySource;
import io.varve.s3.request.HttpDate;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.BucketRules;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.StorageException;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** CopyObject: by reference, no byte is moved. Thread-safe. */
public final class ObjectCopy {

    /** How often a copy begins anew because its source was replaced meanwhile. */
    private static final int ATTEMPTS_MAX = 10;

    private final Namespace namespace;
    private final AccessControl access;
    private final Ingest ingest;

    public ObjectCopy(Namespace namespace, AccessControl access) {
        this.namespace = namespace;
        this.access = access;
        this.ingest = new Ingest(namespace);
    }

    /** CopyObject. */
    public void copy(Call call) throws IOException {
        UnsupportedHeaders.refuse(call.headers());
        boolean replace = isReplace(call, "x-amz-metadata-directive");
        boolean retag = isReplace(call, "x-amz-tagging-directive");
        WriteConditions conditions = WriteConditions.of(call.headers(), call.path());
        Entry copy = copy(call, replace, retag, conditions);
        XmlWriter xml = XmlWriter.document("CopyObjectResult")
                .text("LastModified", HttpDate.formatIso(copy.modified()))
                .text("ETag", copy.etag().quoted());
        Map<ChecksumAlgorithm, String> checksums = ObjectMetadata.checksums(copy.attributes());
        checksums.forEach((algorithm, value) -> xml.text(algorithm.element(), value));
        if (!checksums.isEmpty()) {
            xml.text("ChecksumType", ObjectMetadata.checksumType(copy.attributes()));
        }
        call.answer(xml);
    }

    /** Copies what is there when the copy is published, and begins anew if that is not what it was prepared for. */
    private Entry copy(Call call, boolean replace, boolean retag, WriteConditions conditions) {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            Entry source = source(namespace, access, call);
            if (source.path().equals(call.path()) && !replace && !retag && !TtlHeader.isIn(call.headers())) {
                throw new S3Exception(
                        S3Error.INVALID_REQUEST,
                        "This copy request is illegal because it is trying to copy an object to itself without changing"
                                + " the object's metadata, storage class, website redirect location or encryption"
                                + " attributes.");
            }
            CopySourceConditions unchanged = new CopySourceConditions(call.headers(), source);
            try {
                Optional<PutRequest> replacement = replacement(call, source, replace, retag);
                return namespace
                        .copyKey(
                                source.path(),
                                call.path(),
                                replacement,
                                call.options().when(conditions).whenSource(unchanged))
                        .entry();
            } catch (StorageException.PreconditionFailed e) {
                if (!unchanged.sourceChanged()) {
                    throw e;
                }
            }
        }
        throw new S3Exception(S3Error.OPERATION_ABORTED);
    }

    /**
     * Finds what a copy reads: asks for the right to read it and for the conditions on it.
     *
     * @throws S3Exception if there is none, or it may not be copied now
     */
    static Entry source(Namespace namespace, AccessControl access, Call call) {
        CopySource source = CopySource.parse(call.headers().get("x-amz-copy-source"));
        if (access.decide(call.principal(), AccessControl.Action.READ, source.bucket(), source.key())
                != AccessControl.Decision.ALLOWED) {
            throw new S3Exception(S3Error.ACCESS_DENIED);
        }
        Entry entry = ObjectLookup.find(namespace, new EntryPath(source.bucket(), source.key()), source.versionId());
        new CopySourceConditions(call.headers(), entry).checkSeen();
        return entry;
    }

    private static boolean isReplace(Call call, String header) {
        String directive = call.headers().find(header).orElse("COPY");
        return switch (directive) {
            case "COPY" -> false;
            case "REPLACE" -> true;
            default ->
                throw S3Exception.invalidArgument(header, directive, "Unknown directive: it must be COPY or REPLACE.");
        };
    }

    /** What the copy carries instead of what the source carries; empty if it is the same. */
    private Optional<PutRequest> replacement(Call call, Entry source, boolean replace, boolean retag) {
        // A copy is there to stay, unless the request says otherwise.
        Attributes stored = source.attributes().ofCopy();
        Attributes attributes = replace ? ObjectMetadata.attributes(call.headers()) : stored;
        if (replace) {
            // What belongs to the bytes stays with them.
            attributes = ObjectMetadata.withChecksums(attributes, ObjectMetadata.checksums(stored));
            for (String name :
                    new String[] {ObjectMetadata.CHECKSUM_TYPE, ObjectMetadata.PARTS, ObjectMetadata.PART_CHECKSUMS}) {
                Optional<String> value = stored.get(name);
                if (value.isPresent()) {
                    attributes = attributes.with(name, value.get());
                }
            }
        }
        // A list is never copied: the copy has the one that its own headers give it.
        boolean relist = AccessLists.asksFor(call.headers())
                || stored.get(BucketRules.ACL).isPresent();
        attributes = AccessLists.withList(attributes, namespace, access, call);
        TagSet tags = retag ? TagSet.parse(call.headers().get(TagSet.HEADER)) : TagSet.of(stored, Attributes.TAG);
        attributes = tags.in(attributes, Attributes.TAG);
        attributes = TtlHeader.apply(namespace, call.headers(), attributes);
        Optional<ChecksumAlgorithm> asked = ChecksumHeaders.algorithm(call.headers());
        boolean recompute =
                asked.isPresent() && !ObjectMetadata.checksums(stored).containsKey(asked.get());
        if (recompute) {
            attributes = withOnlyChecksum(attributes, asked.get(), ingest.checksum(source, asked.get()));
        }
        if (!replace && !retag && !relist && !recompute && !TtlHeader.isIn(call.headers())) {
            return Optional.empty();
        }
        String type = replace ? ObjectMetadata.contentType(call.headers()) : source.contentType();
        return Optional.of(PutRequest.ofType(type).withAttributes(attributes).withEtag(source.etag()));
    }

    private static Attributes withOnlyChecksum(Attributes attributes, ChecksumAlgorithm algorithm, String value) {
        Attributes changed = attributes;
        for (String name : attributes.withPrefix(Attributes.CHECKSUM).keySet()) {
            changed = changed.without(Attributes.CHECKSUM + name);
        }
        return changed.without(ObjectMetadata.PART_CHECKSUMS).with(Attributes.CHECKSUM + algorithm.lowerName(), value);
    }
}
