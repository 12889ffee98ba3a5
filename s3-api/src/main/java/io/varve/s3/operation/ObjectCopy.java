package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.CopySource;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.TagHeader;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.BucketRules;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.StorageClass;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.VersionId;
import io.varve.storage.namespace.Versioning;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** CopyObject: by reference, no byte is moved. Thread-safe. */
public final class ObjectCopy {

    /** How often a copy begins anew because its source was replaced meanwhile. */
    private static final int ATTEMPTS_MAX = 10;

    private static final String SOURCE = "x-amz-copy-source";

    private final Namespace namespace;
    private final AccessControl access;
    private final LockHeaders locks;
    private final Ingest ingest;
    private final Notifications notifications;
    private final Encryption encryption;

    public ObjectCopy(
            Namespace namespace,
            AccessControl access,
            LockHeaders locks,
            Notifications notifications,
            Encryption encryption) {
        this.locks = locks;
        this.encryption = encryption;
        this.namespace = namespace;
        this.access = access;
        this.ingest = new Ingest(namespace);
        this.notifications = notifications;
    }

    /** CopyObject. */
    public void copy(Call call) throws IOException {
        UnsupportedHeaders.refuse(call.headers());
        boolean replace = isReplace(call, "x-amz-metadata-directive");
        boolean retag = isReplace(call, "x-amz-tagging-directive");
        WriteConditions conditions = WriteConditions.of(call.headers(), call.path());
        Entry copy = copy(call, replace, retag, conditions);
        ObjectLookup.tellWritten(copy, call);
        notifications.tell(call, Notifications.CREATED_COPY, copy);
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
            Optional<VersionId> version = sourceVersion(call);
            Optional<ContentKey> opener = encryption.forRead(source, ContentKey.ofCopySource(call.headers()));
            Optional<ContentKey> key = encryption.forWrite(call);
            boolean recode = (opener.isPresent() || key.isPresent()) && !isSameServerKey(opener, key);
            boolean same = !replace
                    && !retag
                    && !recode
                    && !TtlHeader.isIn(call.headers())
                    && !isReclassed(call, source)
                    && !call.headers().has(Website.REDIRECT_HEADER);
            if (source.path().equals(call.path()) && version.isEmpty() && same) {
                throw new S3Exception(
                        S3Error.INVALID_REQUEST,
                        "This copy request is illegal because it is trying to copy an object to itself without changing"
                                + " the object's metadata, storage class, website redirect location or encryption"
                                + " attributes.");
            }
            if (recode) {
                return recode(call, source, opener, key, replacement(call, source, replace, retag), conditions);
            }
            key.ifPresent(known -> known.tell(call.response()));
            CopySourceConditions unchanged = new CopySourceConditions(call.headers(), source);
            try {
                Optional<PutRequest> replacement = replacement(call, source, replace, retag);
                return namespace
                        .copyKey(
                                source.path(),
                                version,
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

    /** Whether source and copy are encrypted under one key of the server's, so that the stored bytes do for both. */
    private static boolean isSameServerKey(Optional<ContentKey> opener, Optional<ContentKey> key) {
        return opener.isPresent()
                && key.isPresent()
                && !key.get().method().isEmpty()
                && key.get().method().equals(opener.get().method());
    }

    /** A copy that has another key than its source, or none: all bytes are stored once more. */
    private Entry recode(
            Call call,
            Entry source,
            Optional<ContentKey> opener,
            Optional<ContentKey> key,
            Optional<PutRequest> replacement,
            WriteConditions conditions) {
        key.ifPresent(known -> known.tell(call.response()));
        PutRequest request = replacement.orElseGet(() -> PutRequest.ofType(source.contentType())
                .withAttributes(source.attributes().ofCopy())
                .withEtag(source.etag()));
        Optional<ChecksumAlgorithm> asked = checksumAsked(call, source);
        try (Ingest.Staged staged =
                ingest.recode(source, 0, source.size(), opener, key, asked, ContentKey.newNonce())) {
            Attributes attributes = request.attributes().without(Attributes.SEALED);
            if (asked.isPresent()) {
                String value = staged.body().checksums().get(asked.get());
                attributes = withOnlyChecksum(attributes, asked.get(), Objects.requireNonNull(value));
            }
            attributes = staged.in(attributes);
            return namespace
                    .put(
                            call.path(),
                            staged.content(),
                            request.withAttributes(attributes),
                            call.options().when(conditions))
                    .entry();
        }
    }

    /**
     * Finds what a copy reads: asks for the right to read it and for the conditions on it.
     *
     * @throws S3Exception if there is none, or it may not be copied now
     */
    static Entry source(Namespace namespace, AccessControl access, Call call) {
        CopySource source = CopySource.parse(call.headers().get(SOURCE));
        AccessControl.Action action =
                source.versionId().isEmpty() ? AccessControl.Action.READ : AccessControl.Action.READ_VERSION;
        if (access.decideOfVersion(call.principal(), action, source.bucket(), source.key(), source.versionId())
                != AccessControl.Decision.ALLOWED) {
            throw new S3Exception(S3Error.ACCESS_DENIED);
        }
        EntryPath path = new EntryPath(source.bucket(), source.key());
        Entry entry = found(namespace, path, ObjectLookup.version(source.versionId(), path));
        new CopySourceConditions(call.headers(), entry).checkSeen();
        namespace
                .findBucket(source.bucket())
                .filter(bucket -> bucket.versioning() != Versioning.NEVER)
                .ifPresent(ignored -> call.response()
                        .setHeader(
                                "x-amz-copy-source-version-id", entry.version().toString()));
        return entry;
    }

    private static Entry found(Namespace namespace, EntryPath path, Optional<VersionId> version) {
        try {
            return ObjectLookup.find(namespace, path, version);
        } catch (S3Exception e) {
            throw e.error() == S3Error.METHOD_NOT_ALLOWED
                    ? new S3Exception(
                            S3Error.INVALID_REQUEST,
                            "The source of a copy request may not specifically refer to a delete marker by version id.")
                    : e;
        }
    }

    private static Optional<VersionId> sourceVersion(Call call) {
        CopySource source = CopySource.parse(call.headers().get(SOURCE));
        return ObjectLookup.version(source.versionId(), new EntryPath(source.bucket(), source.key()));
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
            for (String name : new String[] {
                ObjectMetadata.CHECKSUM_TYPE, ObjectMetadata.PARTS, ObjectMetadata.PART_CHECKSUMS, Attributes.SEALED
            }) {
                Optional<String> value = stored.get(name);
                if (value.isPresent()) {
                    attributes = attributes.with(name, value.get());
                }
            }
        }
        // A list is never copied: the copy has the one that its own headers give it.
        boolean relist = AccessLists.asksFor(call.headers())
                || stored.get(BucketRules.ACL).isPresent()
                || stored.get(BucketRules.OBJECT_OWNER).isPresent()
                || access.isGuest(call.principal(), call.bucket())
                || LockHeaders.asksFor(call.headers());
        attributes = locks.withLock(attributes, call);
        attributes = AccessLists.withList(attributes, namespace, access, call);
        TagSet tags = retag ? TagSet.parse(call.headers().get(TagHeader.NAME)) : TagSet.of(stored, Attributes.TAG);
        attributes = tags.in(attributes, Attributes.TAG);
        attributes = TtlHeader.apply(namespace, call.headers(), attributes);
        attributes = StorageClasses.of(call.headers()).in(attributes);
        Optional<ChecksumAlgorithm> asked = checksumAsked(call, source).filter(ignored -> !isSealed(source));
        boolean recompute = asked.isPresent();
        if (recompute) {
            attributes = withOnlyChecksum(attributes, asked.get(), ingest.checksum(source, asked.get()));
        }
        Attributes redirected = Website.withRedirect(call.headers(), attributes);
        boolean reclassed = isReclassed(call, source) || !redirected.equals(attributes);
        if (!replace && !retag && !relist && !recompute && !reclassed && !TtlHeader.isIn(call.headers())) {
            return Optional.empty();
        }
        String type = replace ? ObjectMetadata.contentType(call.headers()) : source.contentType();
        return Optional.of(PutRequest.ofType(type).withAttributes(redirected).withEtag(source.etag()));
    }

    /** A copy has the class that its own headers say, like every write. */
    private static boolean isReclassed(Call call, Entry source) {
        return StorageClass.of(source.attributes()) != StorageClasses.of(call.headers());
    }

    private static boolean isSealed(Entry source) {
        return source.attributes().get(Attributes.SEALED).isPresent();
    }

    /** The checksum that the copy is to have, of all its bytes, and the source has not. */
    private static Optional<ChecksumAlgorithm> checksumAsked(Call call, Entry source) {
        Attributes stored = source.attributes();
        boolean whole = ObjectMetadata.checksumType(stored).equals(ChecksumAlgorithm.Type.FULL_OBJECT.name());
        return ChecksumHeaders.algorithm(call.headers())
                .filter(algorithm ->
                        !whole || ObjectMetadata.checksum(stored, algorithm).isEmpty());
    }

    private static Attributes withOnlyChecksum(Attributes attributes, ChecksumAlgorithm algorithm, String value) {
        Attributes changed = attributes;
        for (String name : attributes.withPrefix(Attributes.CHECKSUM).keySet()) {
            changed = changed.without(Attributes.CHECKSUM + name);
        }
        return changed.without(ObjectMetadata.PART_CHECKSUMS)
                .without(ObjectMetadata.CHECKSUM_TYPE)
                .with(Attributes.CHECKSUM + algorithm.lowerName(), value);
    }
}
