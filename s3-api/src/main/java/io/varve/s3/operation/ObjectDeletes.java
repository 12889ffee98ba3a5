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
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Namespace.KeyDelete;
import io.varve.storage.namespace.StorageException;
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

    public ObjectDeletes(Namespace namespace, AccessControl access) {
        this.namespace = namespace;
        this.access = access;
    }

    /** DeleteObject: it is no error if there is nothing. */
    public void delete(Call call) {
        UnsupportedHeaders.refuse(call.headers());
        ObjectLookup.checkVersion(call.path(), call.query().get("versionId"));
        WriteConditions conditions = WriteConditions.of(call.headers(), call.path());
        namespace.delete(call.path(), call.options().when(conditions));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    /** One key of a DeleteObjects request. */
    private record Wanted(String key, String versionId, Optional<String> etag) {}

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
                    object.childText("ETag")));
        }
        if (wanted.isEmpty() || wanted.size() > KEYS_MAX) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        if (namespace.findBucket(call.bucket()).isEmpty()) {
            call.require(access, AccessControl.Action.LIST);
            throw new S3Exception(S3Error.NO_SUCH_BUCKET);
        }
        XmlWriter xml = XmlWriter.document("DeleteResult");
        List<Optional<S3Exception>> outcomes = deleteAll(call, wanted);
        for (int i = 0; i < wanted.size(); i++) {
            write(xml, wanted.get(i), outcomes.get(i), quiet);
        }
        call.answer(xml);
    }

    private static void write(XmlWriter xml, Wanted object, Optional<S3Exception> refusal, boolean quiet) {
        if (refusal.isPresent()) {
            xml.open("Error").text("Key", object.key());
            if (!object.versionId().isEmpty()) {
                xml.text("VersionId", object.versionId());
            }
            xml.text("Code", refusal.get().error().code())
                    .text("Message", refusal.get().text())
                    .close("Error");
        } else if (!quiet) {
            xml.open("Deleted").text("Key", object.key());
            if (!object.versionId().isEmpty()) {
                xml.text("VersionId", object.versionId());
            }
            xml.close("Deleted");
        }
    }

    /** Those that may be deleted share commits; the others are refused one by one. */
    private List<Optional<S3Exception>> deleteAll(Call call, List<Wanted> wanted) {
        List<Optional<S3Exception>> outcomes = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        List<KeyDelete> deletes = new ArrayList<>();
        for (Wanted object : wanted) {
            Optional<S3Exception> refusal = Optional.empty();
            try {
                deletes.add(prepare(call, object));
                places.add(outcomes.size());
            } catch (S3Exception e) {
                refusal = Optional.of(e);
            }
            outcomes.add(refusal);
        }
        List<Optional<StorageException>> done = namespace.deleteAll(deletes);
        for (int i = 0; i < done.size(); i++) {
            Optional<S3Exception> refusal = done.get(i)
                    .map(e -> StorageRefusals.translate(e, call.principal().name()));
            outcomes.set(places.get(i), refusal);
        }
        return outcomes;
    }

    private KeyDelete prepare(Call call, Wanted object) {
        RequestTarget.checkKey(object.key());
        if (object.key().isEmpty()) {
            throw new S3Exception(S3Error.INVALID_ARGUMENT, "A key cannot be empty.");
        }
        if (access.decide(call.principal(), AccessControl.Action.DELETE, call.bucket(), object.key())
                != AccessControl.Decision.ALLOWED) {
            throw new S3Exception(S3Error.ACCESS_DENIED);
        }
        EntryPath path = new EntryPath(call.bucket(), object.key());
        ObjectLookup.checkVersion(path, object.versionId());
        return new KeyDelete(path, call.options().when(new WriteConditions(path, object.etag(), false)));
    }
}
