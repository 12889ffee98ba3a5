package io.varve.s3.operation;

import io.varve.s3.S3Settings;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.HttpDate;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.AccessList;
import io.varve.storage.access.BucketRules;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.ObjectLock;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Versioning;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Buckets: listing, making, looking at and removing them. Thread-safe. */
public final class BucketOperations {

    /** The setting with the location that a bucket was made with. */
    private static final String LOCATION = Attributes.SETTING + "location";

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

    /** ListBuckets: those that are the user's by role, not those that only their policies or lists open; none to nobody known. */
    public void list(Call call) throws IOException {
        String prefix = call.query().get("prefix");
        String after =
                call.query().find("continuation-token").map(PageToken::parse).orElse("");
        int limit = Parameters.number(call.query(), "max-buckets", BUCKETS_MAX, 1, BUCKETS_MAX);
        Optional<String> region = call.query().find("bucket-region").filter(name -> !name.isEmpty());
        List<Bucket> page = namespace.buckets().stream()
                .filter(bucket ->
                        bucket.name().startsWith(prefix) && bucket.name().compareTo(after) > 0)
                .filter(bucket -> region.isEmpty() || region.get().equals(settings.region()))
                .filter(bucket -> isListed(call.principal(), bucket.name()))
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

    private boolean isListed(Principal principal, String bucket) {
        return !principal.equals(AccessControl.ANONYMOUS)
                && access.decide(principal, AccessControl.Action.LIST, bucket, "") == AccessControl.Decision.ALLOWED
                && (!access.isGuest(principal, bucket) || principal.role() == AccessControl.Role.READONLY);
    }

    /**
     * CreateBucket. The location is checked for form only, and kept to be told: this server is one place. To make one's own bucket once
     * more is no error without a location, as in {@code us-east-1}, unless it were another then.
     */
    public void create(Call call) throws IOException {
        UnsupportedHeaders.refuse(call.headers());
        byte[] body = call.body().readAll(DOCUMENT_BYTES_MAX);
        Optional<XmlElement> document =
                body.length == 0 ? Optional.empty() : Optional.of(XmlElement.parse(body, "CreateBucketConfiguration"));
        Optional<String> location = document.flatMap(BucketOperations::location);
        SortedMap<String, String> wanted = accessSettings(call);
        location.ifPresent(name -> wanted.put(LOCATION, name));
        Attributes made = tags(document).in(Attributes.of(wanted), Tagging.BUCKET_TAG);
        boolean locks = call.headers().get("x-amz-bucket-object-lock-enabled").equalsIgnoreCase("true");
        try {
            namespace.createBucket(
                    call.bucket(),
                    call.principal().name(),
                    made,
                    locks ? Optional.of(ObjectLock.WITHOUT_DEFAULT) : Optional.empty());
        } catch (StorageException.BucketExists e) {
            boolean own = e.owner().equals(call.principal().name());
            if (!own || location.isPresent() || locks) {
                throw e;
            }
            Attributes kept =
                    namespace.findBucket(call.bucket()).map(Bucket::settings).orElse(Attributes.NONE);
            if (!isSame(made, kept, e.owner())) {
                throw new S3Exception(S3Error.BUCKET_ALREADY_EXISTS);
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

    private static boolean isSame(Attributes made, Attributes kept, String owner) {
        String list = kept.get(BucketRules.ACL)
                .orElseGet(() -> AccessList.ofOwner(owner).toText());
        return made.get(BucketRules.ACL).equals(Optional.of(list))
                && made.get(BucketRules.OWNERSHIP).equals(kept.get(BucketRules.OWNERSHIP));
    }

    private static TagSet tags(Optional<XmlElement> document) {
        return document.flatMap(xml -> xml.children("Tags").stream().findFirst())
                .map(tags -> TagSet.parseTags(tags, TagSet.BUCKET_TAGS_MAX))
                .orElse(Tagging.NO_TAGS);
    }

    private static Optional<String> location(XmlElement document) {
        if (!document.children("Bucket").isEmpty()
                || !document.children("Location").isEmpty()) {
            throw new S3Exception(S3Error.NOT_IMPLEMENTED, "There are no directory buckets.");
        }
        Optional<String> location = document.childText("LocationConstraint");
        if (location.isPresent() && !isRegionName(location.get())) {
            throw new S3Exception(S3Error.INVALID_LOCATION_CONSTRAINT).with("LocationConstraint", location.get());
        }
        return location.filter(name -> !name.isEmpty());
    }

    /** What headers say of who may use the new bucket. It has a list in any case, which makes it its owner's alone. */
    private SortedMap<String, String> accessSettings(Call call) {
        SortedMap<String, String> settings = new TreeMap<>();
        call.headers().find("x-amz-object-ownership").ifPresent(text -> {
            BucketRules.Ownership ownership = BucketRules.Ownership.of(text)
                    .orElseThrow(() -> S3Exception.invalidArgument(
                            "x-amz-object-ownership", text, "Invalid x-amz-object-ownership header"));
            settings.put(BucketRules.OWNERSHIP, ownership.text());
        });
        String owner = call.principal().name();
        BucketRules rules = BucketRules.of(call.bucket(), owner, settings);
        try {
            AccessList list = AccessLists.ofHeaders(call.headers(), rules, owner, access)
                    .filter(ignored -> rules.ownership().hasLists())
                    .orElseGet(() -> AccessList.ofOwner(owner));
            settings.put(BucketRules.ACL, list.toText());
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

    /** GetBucketLocation: what was said when the bucket was made, else the server's; the empty name stands for {@code us-east-1}. */
    public void location(Call call) throws IOException {
        String region = find(call)
                .settings()
                .get(LOCATION)
                .orElse(settings.region().equals("us-east-1") ? "" : settings.region());
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
        String status = document.childText("Status")
                .orElseThrow(() -> new S3Exception(S3Error.ILLEGAL_VERSIONING_CONFIGURATION));
        Versioning wanted = switch (status.strip()) {
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
                    "An Object Lock configuration is present on this bucket, so the versioning state cannot be"
                            + " changed.");
        }
        namespace.keyVersions().setVersioning(call.bucket(), wanted);
        call.answer(HttpServletResponse.SC_OK);
    }

    private Bucket find(Call call) {
        return namespace.findBucket(call.bucket()).orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
    }
}
