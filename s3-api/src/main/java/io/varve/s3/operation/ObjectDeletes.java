package io.varve.s3.operation;

import io.varve.s3.body.RequestBody;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.error.StorageRefusals;
import io.varve.s3.request.RequestTarget;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyVersions.Delete;
import io.varve.storage.namespace.KeyVersions.Deleted;
import io.varve.storage.namespace.KeyVersions.Outcome;
import io.varve.storage.namespace.Namespace;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** DeleteObject and DeleteObjects. Thread-safe. */
public final class ObjectDeletes {

    /** The most keys in one request (API reference, DeleteObjects). */
    private static final int KEYS_MAX = 1000;

    /** A thousand keys of the longest kind, each byte as an XML entity of six characters, and as much around them. */
    private static final int DOCUMENT_BYTES_MAX = 8 << 20;

    private final Namespace namespace;
    private final AccessControl access;
    private final Notifications notifications;

    public ObjectDeletes(Namespace namespace, AccessControl access, Notifications notifications) {
        this.namespace = namespace;
        this.access = access;
        this.notifications = notifications;
    }

    /** DeleteObject: it is no error if there is nothing. */
    public void delete(Call call) {
        UnsupportedHeaders.refuse(call.headers());
        DeleteConditions conditions = DeleteConditions.of(call.headers(), call.path());
        Deleted deleted = namespace
                .keyVersions()
                .delete(new Delete(
                        call.path(),
                        ObjectLookup.version(call.query(), call.path()),
                        ObjectLocking.bypasses(access, call, call.key()),
                        call.options().when(conditions)));
        notifications.tellDeleted(
                call, call.key(), deleted.marker() && !call.query().has("versionId"), deleted.version());
        deleted.version().ifPresent(id -> call.response().setHeader(ObjectLookup.VERSION_HEADER, id.toString()));
        if (deleted.marker()) {
            call.response().setHeader(ObjectLookup.MARKER_HEADER, "true");
        }
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    /** One key of a DeleteObjects request. */
    private record Wanted(String key, String versionId, XmlElement element) {}

    /** DeleteObjects: a few commits, whatever the number of keys. */
    public void deleteMany(Call call) throws IOException {
        RequestBody body = call.body();
        if (!body.hasDigest()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
        }
        XmlElement document = XmlElement.parse(body.readAll(DOCUMENT_BYTES_MAX), "Delete");
        boolean quiet = document.childText("Quiet")
                .map(String::strip)
                .filter("true"::equalsIgnoreCase)
                .isPresent();
        List<Wanted> wanted = new ArrayList<>();
        for (XmlElement object : document.children("Object")) {
            wanted.add(new Wanted(
                    object.childText("Key").orElseThrow(() -> new S3Exception(S3Error.MALFORMED_XML)),
                    object.childText("VersionId").orElse(""),
                    object));
        }
        if (wanted.isEmpty() || wanted.size() > KEYS_MAX) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        if (namespace.findBucket(call.bucket()).isEmpty()) {
            throw new S3Exception(S3Error.NO_SUCH_BUCKET);
        }
        XmlWriter xml = XmlWriter.document("DeleteResult");
        List<Result> results = deleteAll(call, wanted);
        for (int i = 0; i < wanted.size(); i++) {
            write(xml, wanted.get(i), results.get(i), quiet);
            if (results.get(i).deleted().isPresent()) {
                Deleted deleted = results.get(i).deleted().get();
                call.traffic().changed(wanted.get(i).key(), call.principal().name());
                notifications.tellDeleted(
                        call,
                        wanted.get(i).key(),
                        deleted.marker() && wanted.get(i).versionId().isEmpty(),
                        deleted.version());
            }
        }
        call.answer(xml);
    }

    /** How the delete of one key went: one of the two is there. */
    private record Result(Optional<Deleted> deleted, Optional<S3Exception> refusal) {
        static Result refused(S3Exception reason) {
            return new Result(Optional.empty(), Optional.of(reason));
        }
    }

    private static void write(XmlWriter xml, Wanted object, Result result, boolean quiet) {
        if (result.refusal().isPresent()) {
            S3Exception refusal = result.refusal().get();
            xml.open("Error").text("Key", object.key());
            if (!object.versionId().isEmpty()) {
                xml.text("VersionId", object.versionId());
            }
            xml.text("Code", refusal.error().code())
                    .text("Message", refusal.text())
                    .close("Error");
        } else if (!quiet) {
            xml.open("Deleted").text("Key", object.key());
            if (!object.versionId().isEmpty()) {
                xml.text("VersionId", object.versionId());
            }
            result.deleted()
                    .filter(Deleted::marker)
                    .flatMap(Deleted::version)
                    .ifPresent(id -> xml.text("DeleteMarker", true).text("DeleteMarkerVersionId", id.toString()));
            xml.close("Deleted");
        }
    }

    /** Those that may be deleted share commits; the others are refused one by one. */
    private List<Result> deleteAll(Call call, List<Wanted> wanted) {
        List<Result> results = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        List<Delete> deletes = new ArrayList<>();
        for (Wanted object : wanted) {
            Result result = new Result(Optional.empty(), Optional.empty());
            try {
                deletes.add(prepare(call, object));
                places.add(results.size());
            } catch (S3Exception e) {
                result = Result.refused(e);
            }
            results.add(result);
        }
        List<Outcome> done = namespace.keyVersions().deleteAll(deletes);
        for (int i = 0; i < done.size(); i++) {
            results.set(
                    places.get(i),
                    switch (done.get(i)) {
                        case Outcome.Done gone -> new Result(Optional.of(gone.deleted()), Optional.empty());
                        case Outcome.Refused refused ->
                            Result.refused(StorageRefusals.translate(
                                    refused.reason(), call.principal().name()));
                    });
        }
        return results;
    }

    private Delete prepare(Call call, Wanted object) {
        RequestTarget.checkKey(object.key());
        if (object.key().isEmpty()) {
            throw new S3Exception(S3Error.INVALID_ARGUMENT, "A key cannot be empty.");
        }
        AccessControl.Action action =
                object.versionId().isEmpty() ? AccessControl.Action.DELETE : AccessControl.Action.DELETE_VERSION;
        if (access.decideOfVersion(call.principal(), action, call.bucket(), object.key(), object.versionId())
                != AccessControl.Decision.ALLOWED) {
            throw new S3Exception(S3Error.ACCESS_DENIED);
        }
        EntryPath path = new EntryPath(call.bucket(), object.key());
        return new Delete(
                path,
                ObjectLookup.version(object.versionId(), path),
                ObjectLocking.bypasses(access, call, object.key()),
                call.options().when(DeleteConditions.of(object.element(), path)));
    }
}
