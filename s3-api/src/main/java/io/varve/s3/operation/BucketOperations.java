package io.varve.s3.operation;

import io.varve.s3.S3Settings;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.HttpDate;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.BucketRules;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.ObjectLock;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Versioning;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Buckets: listing, making, looking at and removing them. Thread-safe. */
public final class BucketOperations {

    private static final int BUCKETS_MAX = 10_000;
    private static final int DOCUMENT_BYTES_MAX = 64 * 1024;

    private final Namespace namespace;
    private final AccessControl access;
    private final S3Settings settings;

    public BucketOperations(Namespace namespace, AccessControl access, S3Settings settings) {
        this.namespace = namespace;
        this.access = access;
        this.settings = settings;
    }

    /** ListBuckets: those the user may list. */
    public void list(Call call) throws IOException {
        if (call.principal().equals(AccessControl.ANONYMOUS)) {
            throw new S3Exception(S3Error.ACCESS_DENIED);
        }
        String prefix = call.query().get("prefix");
        String after =
                call.query().find("continuation-token").map(PageToken::parse).orElse("");
        int limit = Parameters.number(call.query(), "max-buckets", BUCKETS_MAX, 1, BUCKETS_MAX);
        List<Bucket> page = namespace.buckets().stream()
                .filter(bucket ->
                        bucket.name().startsWith(prefix) && bucket.name().compareTo(after) > 0)
                .filter(bucket -> access.decide(call.principal(), AccessControl.Action.LIST, bucket.name(), "")
                        == AccessControl.Decision.ALLOWED)
                .limit(limit + 1L)
                .toList();
        XmlWriter xml = XmlWriter.document("ListAllMyBucketsResult");
        Owner.write(xml, "Owner", call.principal().name());
        xml.open("Buckets");
        for (Bucket bucket : page.subList(0, Math.min(limit, page.size()))) {
            xml.open("Bucket")
                    .text("Name", bucket.name())
                    .text("CreationDate", HttpDate.formatIso(bucket.created()))
                    .text("BucketRegion", settings.region())
                    .close("Bucket");
        }
        xml.close("Buckets");
        if (page.size() > limit) {
            xml.text("ContinuationToken", PageToken.of(page.get(limit - 1).name()));
        }
        if (call.query().has("prefix")) {
            xml.text("Prefix", prefix);
        }
        call.answer(xml);
    }

    /** CreateBucket. The location is checked for form only: this server is one place. */
    public void create(Call call) throws IOException {
        UnsupportedHeaders.refuse(call.headers());
        byte[] body = call.body().readAll(DOCUMENT_BYTES_MAX);
        if (body.length > 0) {
            XmlElement configuration = XmlElement.parse(body, "CreateBucketConfiguration");
            Optional<String> location = configuration.childText("LocationConstraint");
            if (location.isPresent() && !isRegionName(location.get())) {
                throw new S3Exception(S3Error.INVALID_LOCATION_CONSTRAINT).with("LocationConstraint", location.get());
            }
        }
        Map<String, String> settings = accessSettings(call);
        try {
            namespace.createBucket(call.bucket(), call.principal().name());
            if (call.headers().get("x-amz-bucket-object-lock-enabled").equalsIgnoreCase("true")) {
                namespace.keyVersions().setObjectLock(call.bucket(), ObjectLock.WITHOUT_DEFAULT);
            }
            if (!settings.isEmpty()) {
                namespace.changeBucketSettings(call.bucket(), kept -> {
                    Attributes changed = kept;
                    for (Map.Entry<String, String> setting : settings.entrySet()) {
                        changed = changed.with(setting.getKey(), setting.getValue());
                    }
                    return changed;
                });
            }
        } catch (StorageException.InvalidName e) {
            String message = e.getMessage();
            throw new S3Exception(
                            S3Error.INVALID_BUCKET_NAME,
                            message == null ? S3Error.INVALID_BUCKET_NAME.message() : message)
                    .with("BucketName", call.bucket());
        }
        call.response().setHeader("Location", "/" + call.bucket());
        call.answer(HttpServletResponse.SC_OK);
    }

    /** What headers say of who may use the new bucket. */
    private static Map<String, String> accessSettings(Call call) {
        Map<String, String> settings = new HashMap<>();
        call.headers().find("x-amz-object-ownership").ifPresent(text -> {
            BucketRules.Ownership ownership = BucketRules.Ownership.of(text)
                    .orElseThrow(() -> S3Exception.invalidArgument(
                            "x-amz-object-ownership", text, "Invalid x-amz-object-ownership header"));
            settings.put(BucketRules.OWNERSHIP, ownership.text());
        });
        BucketRules rules = BucketRules.of(call.bucket(), call.principal().name(), settings);
        try {
            AccessLists.ofHeaders(call.headers(), rules)
                    .filter(ignored -> rules.ownership().hasLists())
                    .ifPresent(list -> settings.put(BucketRules.ACL, list.toText()));
        } catch (S3Exception e) {
            throw e.error() == S3Error.ACCESS_CONTROL_LIST_NOT_SUPPORTED
                    ? new S3Exception(S3Error.INVALID_BUCKET_ACL_WITH_OBJECT_OWNERSHIP)
                    : e;
        }
        return settings;
    }

    private static boolean isRegionName(String text) {
        return text.length() <= 64
                && text.chars()
                        .allMatch(c ->
                                (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-');
    }

    /** HeadBucket. */
    public void head(Call call) {
        find(call);
        call.response().setHeader("x-amz-bucket-region", settings.region());
        call.answer(HttpServletResponse.SC_OK);
    }

    /** DeleteBucket. */
    public void delete(Call call) {
        namespace.deleteBucket(call.bucket(), call.options());
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    /** GetBucketLocation: the empty name stands for {@code us-east-1}. */
    public void location(Call call) throws IOException {
        find(call);
        String region = settings.region().equals("us-east-1") ? "" : settings.region();
        call.answer(XmlWriter.documentOfText("LocationConstraint", region));
    }

    /** GetBucketVersioning: an empty answer says that versioning was never switched on. */
    public void versioning(Call call) throws IOException {
        XmlWriter xml = XmlWriter.document("VersioningConfiguration");
        switch (find(call).versioning()) {
            case ENABLED -> xml.text("Status", "Enabled");
            case SUSPENDED -> xml.text("Status", "Suspended");
            case NEVER -> {}
        }
        call.answer(xml);
    }

    /** PutBucketVersioning. */
    public void putVersioning(Call call) {
        XmlElement document = XmlElement.parse(call.body().readAll(DOCUMENT_BYTES_MAX), "VersioningConfiguration");
        Versioning wanted = switch (document.childText("Status").orElse("").strip()) {
            case "Enabled" -> Versioning.ENABLED;
            case "Suspended" -> Versioning.SUSPENDED;
            default -> throw new S3Exception(S3Error.MALFORMED_XML);
        };
        if (document.childText("MfaDelete").orElse("").strip().equals("Enabled")) {
            throw new S3Exception(S3Error.NOT_IMPLEMENTED, "Versions cannot be guarded by a second factor.");
        }
        if (wanted == Versioning.SUSPENDED && find(call).objectLock().isPresent()) {
            throw new S3Exception(
                    S3Error.INVALID_BUCKET_STATE,
                    "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.");
        }
        namespace.keyVersions().setVersioning(call.bucket(), wanted);
        call.answer(HttpServletResponse.SC_OK);
    }

    private Bucket find(Call call) {
        return namespace.findBucket(call.bucket()).orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
    }
}
