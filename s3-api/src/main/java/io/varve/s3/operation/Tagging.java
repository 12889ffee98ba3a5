package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.xml.XmlElement;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.VersionId;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;

/** The tags of objects and buckets: reading, setting and removing them. Thread-safe. */
public final class Tagging {

    /** The settings that keep a bucket's tags begin with this. */
    static final String BUCKET_TAG = Attributes.SETTING + "tag:";

    private static final int DOCUMENT_BYTES_MAX = 256 * 1024;
    static final TagSet NO_TAGS = new TagSet(Collections.emptySortedMap());

    private final Namespace namespace;
    private final Notifications notifications;

    public Tagging(Namespace namespace, Notifications notifications) {
        this.namespace = namespace;
        this.notifications = notifications;
    }

    /** GetObjectTagging. */
    public void getOfObject(Call call) throws IOException {
        Entry entry = ObjectLookup.find(namespace, call);
        ObjectLookup.tellVersion(namespace, entry, call);
        call.answer(TagSet.of(entry.attributes(), Attributes.TAG).document());
    }

    /** PutObjectTagging: the object stays the version it is. */
    public void putOfObject(Call call) {
        change(call, TagSet.parse(document(call), TagSet.OBJECT_TAGS_MAX));
        call.answer(HttpServletResponse.SC_OK);
    }

    /** DeleteObjectTagging. */
    public void deleteOfObject(Call call) {
        change(call, NO_TAGS);
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    private void change(Call call, TagSet tags) {
        EntryPath path = call.path();
        Optional<VersionId> version = ObjectLookup.version(call.query(), path);
        ObjectLookup.find(namespace, path, version);
        Entry changed = namespace
                .keyVersions()
                .changeAttributes(path, version, attributes -> tags.in(attributes, Attributes.TAG), call.options());
        ObjectLookup.tellVersion(namespace, changed, call);
        notifications.tell(call, tags.tags().isEmpty() ? Notifications.UNTAGGED : Notifications.TAGGED, changed);
    }

    /** GetBucketTagging. */
    public void getOfBucket(Call call) throws IOException {
        TagSet tags = TagSet.of(
                namespace
                        .findBucket(call.bucket())
                        .map(Bucket::settings)
                        .orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET)),
                BUCKET_TAG);
        if (tags.tags().isEmpty()) {
            throw new S3Exception(S3Error.NO_SUCH_TAG_SET);
        }
        call.answer(tags.document());
    }

    /** PutBucketTagging. */
    public void putOfBucket(Call call) {
        TagSet tags = TagSet.parse(document(call), TagSet.BUCKET_TAGS_MAX);
        namespace.changeBucketSettings(call.bucket(), settings -> tags.in(settings, BUCKET_TAG));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    /** DeleteBucketTagging. */
    public void deleteOfBucket(Call call) {
        namespace.changeBucketSettings(call.bucket(), settings -> NO_TAGS.in(settings, BUCKET_TAG));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    private static XmlElement document(Call call) {
        return XmlElement.parse(call.body().readAll(DOCUMENT_BYTES_MAX), "Tagging");
    }
}
