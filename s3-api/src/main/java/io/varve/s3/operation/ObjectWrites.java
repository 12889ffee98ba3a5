package io.varve.s3.operation;

import io.varve.s3.S3Settings;
import io.varve.s3.body.RequestBody;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.storage.access.AccessControl;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;

/** PutObject. Thread-safe. */
public final class ObjectWrites {

    private final Namespace namespace;
    private final AccessControl access;
    private final LockHeaders locks;
    private final S3Settings settings;
    private final Ingest ingest;
    private final Notifications notifications;
    private final Encryption encryption;

    public ObjectWrites(
            Namespace namespace,
            AccessControl access,
            LockHeaders locks,
            S3Settings settings,
            Notifications notifications,
            Encryption encryption) {
        this.encryption = encryption;
        this.namespace = namespace;
        this.access = access;
        this.locks = locks;
        this.settings = settings;
        this.ingest = new Ingest(namespace);
        this.notifications = notifications;
    }

    /**
     * PutObject. All that can be refused without the body is refused before it is read; conditions are asked once here,
     * to spare the upload, and again when the object is published.
     */
    public void put(Call call) throws IOException {
        UnsupportedHeaders.refuse(call.headers());
        Attributes attributes = AccessLists.withList(
                TtlHeader.apply(namespace, call.headers(), ObjectMetadata.attributes(call.headers())),
                namespace,
                access,
                call);
        attributes = locks.withLock(attributes, call);
        Optional<ContentKey> key = encryption.forWrite(call);
        WriteConditions conditions = WriteConditions.of(call.headers(), call.path());
        RequestBody body = call.body().requireLength(settings.putBytesMax());
        checkBefore(call, conditions);
        namespace.quotas().requireRoom(call.path(), body.length());
        String type = ObjectMetadata.contentType(call.headers());
        ContentHints hints = new ContentHints(call.path().name(), type, body.length());
        try (Ingest.Staged staged =
                ingest.receive(body, hints, settings.putBytesMax(), ChecksumHeaders.added(body), key)) {
            PutRequest request = PutRequest.ofType(type)
                    .withAttributes(staged.in(attributes))
                    .withEtag(new EntityTag(staged.body().md5Hex()));
            Entry entry = namespace
                    .put(call.path(), staged.content(), request, call.options().when(conditions))
                    .entry();
            call.response().setHeader("ETag", entry.etag().quoted());
            TtlHeader.tell(entry, call);
            ObjectMetadata.writeChecksums(entry.attributes(), call);
            key.ifPresent(known -> known.tell(call.response()));
            ObjectLookup.tellWritten(entry, call);
            namespace
                    .findBucket(call.bucket())
                    .ifPresent(bucket -> BucketLifecycle.tell(bucket, entry, call.response()));
            notifications.tell(call, Notifications.CREATED_PUT, entry);
            call.answer(HttpServletResponse.SC_OK);
        }
    }

    private void checkBefore(Call call, WriteConditions conditions) {
        if (!conditions.isEmpty()) {
            conditions.check(namespace.find(call.path()));
        } else if (namespace.findBucket(call.bucket()).isEmpty()) {
            throw new S3Exception(S3Error.NO_SUCH_BUCKET);
        }
    }
}
