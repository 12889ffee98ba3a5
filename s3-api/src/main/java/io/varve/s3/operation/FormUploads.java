package io.varve.s3.operation;

import io.varve.s3.S3Settings;
import io.varve.s3.body.FormParts;
import io.varve.s3.body.RequestBody;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.PostPolicy;
import io.varve.s3.request.RequestTarget;
import io.varve.s3.request.UriCoding;
import io.varve.s3.signature.PayloadAuthentication;
import io.varve.s3.signature.SignatureVerifier;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.RequestContext;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** PostObject: an upload by a form of a web page, within the limits that whoever signed the form has set. Thread-safe. */
public final class FormUploads {

    /** All fields before the file together (API reference, "POST Object"). */
    private static final int FIELDS_BYTES_MAX = 20 * 1024;

    private static final String FILENAME = "${filename}";

    private final Namespace namespace;
    private final AccessControl access;
    private final SignatureVerifier<Sender> signatures;
    private final InstantSource clock;
    private final LockHeaders locks;
    private final S3Settings settings;
    private final Ingest ingest;
    private final Notifications notifications;
    private final Encryption encryption;

    public FormUploads(
            Namespace namespace,
            AccessControl access,
            SignatureVerifier<Sender> signatures,
            InstantSource clock,
            S3Settings settings,
            Notifications notifications,
            Encryption encryption) {
        this.encryption = encryption;
        this.namespace = namespace;
        this.access = access;
        this.signatures = signatures;
        this.clock = clock;
        this.locks = new LockHeaders(namespace, access, clock);
        this.settings = settings;
        this.ingest = new Ingest(namespace);
        this.notifications = notifications;
    }

    /** PostObject. */
    public void post(Call call) throws IOException {
        String type = call.headers().get("content-type");
        if (!type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
            throw new S3Exception(
                    S3Error.PRECONDITION_FAILED, "Bucket POST must be of the enclosure-type multipart/form-data");
        }
        FormParts parts = new FormParts(call.traffic().counted(call.input()), type);
        Map<String, String> fields = new TreeMap<>();
        FormParts.Part file = readFields(parts, fields);
        fields.computeIfPresent(
                "key", (ignored, key) -> key.replace(FILENAME, file.filename().orElse("")));
        String key = fields.getOrDefault("key", "");
        if (key.isEmpty()) {
            throw S3Exception.invalidArgument("key", "", "Bucket POST must contain a field named 'key'.");
        }
        RequestTarget.checkKey(key);
        fields.put("bucket", call.bucket());
        boolean signed = fields.containsKey("policy")
                || fields.containsKey("x-amz-signature")
                || fields.containsKey("signature");
        Sender sender = signed ? signatures.verifyForm(fields) : Sender.of(call.principal());
        Optional<PostPolicy> policy = Optional.ofNullable(fields.get("policy")).map(PostPolicy::parse);
        policy.ifPresent(limits -> limits.check(fields, clock.instant()));
        Call upload = upload(call, sender.principal(), key, fields);
        RequestContext context = AccessControl.REQUEST.get().limitedTo(sender.limits());
        ScopedValue.where(AccessControl.REQUEST, context).call(() -> {
            upload.require(access, AccessControl.Action.WRITE);
            Entry entry = store(upload, fields, file, policy);
            upload.traffic().changed(key, upload.principal().name());
            ObjectLookup.tellWritten(entry, upload);
            notifications.tell(upload, Notifications.CREATED_POST, entry);
            answer(upload, fields, entry);
            return true;
        });
    }

    private static FormParts.Part readFields(FormParts parts, Map<String, String> fields) throws IOException {
        int left = FIELDS_BYTES_MAX;
        for (Optional<FormParts.Part> next = parts.next(); next.isPresent(); next = parts.next()) {
            FormParts.Part part = next.get();
            String name = part.name().toLowerCase(Locale.ROOT);
            if (name.equals("file")) {
                return part;
            }
            byte[] value = part.content().readNBytes(left + 1);
            left -= value.length + name.length();
            if (left < 0) {
                throw new S3Exception(S3Error.MAX_POST_PRE_DATA_LENGTH_EXCEEDED);
            }
            if (fields.putIfAbsent(name, new String(value, StandardCharsets.UTF_8)) != null) {
                throw S3Exception.invalidArgument(name, "", "POST requires exactly one field of each name.");
            }
        }
        throw S3Exception.invalidArgument("file", "0", "POST requires exactly one file upload per request.");
    }

    /** The upload as if it had come by PUT: what fields say in the place of headers. */
    private static Call upload(Call call, Principal principal, String key, Map<String, String> fields) {
        Headers.Builder headers = new Headers.Builder();
        fields.forEach((name, value) -> {
            switch (name) {
                case "content-type",
                        "content-encoding",
                        "content-disposition",
                        "content-language",
                        "cache-control",
                        "expires" -> headers.add(name, wire(value));
                case "acl" -> headers.add("x-amz-acl", value);
                default -> {
                    boolean ofSignature = name.equals("x-amz-signature")
                            || name.equals("x-amz-credential")
                            || name.equals("x-amz-algorithm")
                            || name.equals("x-amz-date")
                            || name.equals("x-amz-security-token");
                    if (name.startsWith("x-amz-") && !ofSignature) {
                        headers.add(name, wire(value));
                    }
                }
            }
        });
        return new Call(
                call.url(),
                call.input(),
                call.response(),
                call.direct(),
                new RequestTarget(call.target().rawPath(), call.bucket(), key),
                call.query(),
                headers.build(),
                principal,
                new PayloadAuthentication.Unsigned(),
                call.traffic());
    }

    /** Headers hold bytes as characters. */
    private static String wire(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private Entry store(Call upload, Map<String, String> fields, FormParts.Part file, Optional<PostPolicy> policy) {
        UnsupportedHeaders.refuse(upload.headers());
        Attributes attributes =
                AccessLists.withList(ObjectMetadata.attributes(upload.headers()), namespace, access, upload);
        attributes = locks.withLock(attributes, upload);
        String tagging = fields.getOrDefault("tagging", "");
        if (!tagging.isEmpty()) {
            XmlElement document = XmlElement.parse(tagging.getBytes(StandardCharsets.UTF_8), "Tagging");
            attributes = TagSet.parse(document, TagSet.OBJECT_TAGS_MAX).in(attributes, Attributes.TAG);
        }
        if (namespace.findBucket(upload.bucket()).isEmpty()) {
            throw new S3Exception(S3Error.NO_SUCH_BUCKET);
        }
        long bytesMin = policy.map(PostPolicy::bytesMin).orElse(0L);
        long bytesMax = Math.min(
                settings.putBytesMax(), policy.map(PostPolicy::bytesMax).orElse(Long.MAX_VALUE));
        RequestBody body = RequestBody.of(upload.headers(), upload.payload(), file.content());
        String type = ObjectMetadata.contentType(upload.headers());
        ContentHints hints = new ContentHints(upload.path().name(), type, body.length());
        Optional<ContentKey> key = encryption.forWrite(upload);
        key.ifPresent(known -> known.tell(upload.response()));
        try (Ingest.Staged staged = ingest.receive(body, hints, bytesMax, ChecksumHeaders.added(body), key)) {
            if (staged.body().length() < bytesMin) {
                throw new S3Exception(S3Error.ENTITY_TOO_SMALL)
                        .with("ProposedSize", Long.toString(staged.body().length()))
                        .with("MinSizeAllowed", Long.toString(bytesMin));
            }
            PutRequest request = PutRequest.ofType(type)
                    .withAttributes(staged.in(attributes))
                    .withEtag(new EntityTag(staged.body().md5Hex()));
            return namespace
                    .put(upload.path(), staged.content(), request, upload.options())
                    .entry();
        }
    }

    private static void answer(Call upload, Map<String, String> fields, Entry entry) throws IOException {
        HttpServletResponse response = upload.response();
        String location = upload.url() + (upload.url().endsWith("/") ? "" : "/") + UriCoding.encode(upload.key(), true);
        response.setHeader("ETag", entry.etag().quoted());
        String redirect = fields.getOrDefault("success_action_redirect", fields.getOrDefault("redirect", ""));
        if (redirect.startsWith("http://") || redirect.startsWith("https://")) {
            response.setHeader(
                    "Location",
                    redirect + (redirect.contains("?") ? "&" : "?") + "bucket="
                            + UriCoding.encode(upload.bucket(), false) + "&key="
                            + UriCoding.encode(upload.key(), false) + "&etag="
                            + UriCoding.encode(entry.etag().quoted(), false));
            upload.answer(HttpServletResponse.SC_SEE_OTHER);
            return;
        }
        response.setHeader("Location", location);
        switch (fields.getOrDefault("success_action_status", "")) {
            case "200" -> upload.answer(HttpServletResponse.SC_OK);
            case "201" ->
                upload.answer(
                        HttpServletResponse.SC_CREATED,
                        XmlWriter.plainDocument("PostResponse")
                                .text("Location", location)
                                .text("Bucket", upload.bucket())
                                .text("Key", upload.key())
                                .text("ETag", entry.etag().quoted())
                                .finish(),
                        "application/xml");
            default -> upload.answer(HttpServletResponse.SC_NO_CONTENT);
        }
    }
}
