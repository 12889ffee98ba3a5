package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.BucketPolicy;
import io.varve.storage.access.BucketRules;
import io.varve.storage.access.BucketRules.Ownership;
import io.varve.storage.access.PublicAccessBlock;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Namespace;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Who may use a bucket: its policy, what keeps it from the public, and whether lists count. Thread-safe. */
public final class BucketAccessSettings {

    private static final int DOCUMENT_BYTES_MAX = 64 * 1024;

    private final Namespace namespace;

    public BucketAccessSettings(Namespace namespace) {
        this.namespace = namespace;
    }

    /** The rules of a bucket as they are kept. */
    static BucketRules rules(Namespace namespace, String bucket) {
        String owner = namespace
                .findBucket(bucket)
                .orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET))
                .owner();
        return BucketRules.of(bucket, owner, settings(namespace, bucket).values());
    }

    private static Attributes settings(Namespace namespace, String bucket) {
        return namespace
                .findBucket(bucket)
                .map(Bucket::settings)
                .orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
    }

    // ---- policy

    /** GetBucketPolicy: the document as it was put. */
    public void getPolicy(Call call) throws IOException {
        String policy = settings(namespace, call.bucket())
                .get(BucketRules.POLICY)
                .orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET_POLICY));
        call.answer(policy.getBytes(StandardCharsets.UTF_8), "application/json");
    }

    /** PutBucketPolicy. */
    public void putPolicy(Call call) {
        String text = new String(call.body().readAll(DOCUMENT_BYTES_MAX), StandardCharsets.UTF_8);
        if (text.getBytes(StandardCharsets.UTF_8).length > BucketPolicy.BYTES_MAX) {
            throw new S3Exception(
                    S3Error.MALFORMED_POLICY, "The policy is longer than " + BucketPolicy.BYTES_MAX + " bytes.");
        }
        BucketPolicy policy;
        try {
            policy = BucketPolicy.parse(text, call.bucket());
            policy.requireMeaning(call.bucket());
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            throw new S3Exception(
                    S3Error.MALFORMED_POLICY, message == null ? S3Error.MALFORMED_POLICY.message() : message);
        }
        if (policy.isPublic() && rules(namespace, call.bucket()).block().blockPolicy()) {
            throw new S3Exception(
                    S3Error.ACCESS_DENIED,
                    "The policy opens the bucket to everybody, which its public access block prevents. Remove that"
                            + " first, if this is meant.");
        }
        namespace.changeBucketSettings(call.bucket(), settings -> settings.with(BucketRules.POLICY, text));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    /** DeleteBucketPolicy: no error if there is none. */
    public void deletePolicy(Call call) {
        namespace.changeBucketSettings(call.bucket(), settings -> settings.without(BucketRules.POLICY));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    /** GetBucketPolicyStatus: whether the policy or the list opens the bucket to everybody; a bucket without a policy has one, too. */
    public void getPolicyStatus(Call call) throws IOException {
        BucketRules rules = rules(namespace, call.bucket());
        boolean byPolicy = rules.policy().map(BucketPolicy::isPublic).orElse(false);
        boolean byList = rules.ownership().hasLists()
                && rules.list().isPublic()
                && !rules.block().ignoreAcls();
        call.answer(XmlWriter.document("PolicyStatus").text("IsPublic", byPolicy || byList));
    }

    // ---- public access

    /** GetPublicAccessBlock. */
    public void getPublicAccess(Call call) throws IOException {
        PublicAccessBlock block = settings(namespace, call.bucket())
                .get(BucketRules.PUBLIC_ACCESS)
                .filter(text -> !text.isEmpty())
                .map(PublicAccessBlock::parse)
                .orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_PUBLIC_ACCESS_BLOCK));
        call.answer(XmlWriter.document("PublicAccessBlockConfiguration")
                .text("BlockPublicAcls", block.blockAcls())
                .text("IgnorePublicAcls", block.ignoreAcls())
                .text("BlockPublicPolicy", block.blockPolicy())
                .text("RestrictPublicBuckets", block.restrictBuckets()));
    }

    /** PutPublicAccessBlock: what is not named is switched off. */
    public void putPublicAccess(Call call) {
        XmlElement document =
                XmlElement.parse(call.body().readAll(DOCUMENT_BYTES_MAX), "PublicAccessBlockConfiguration");
        PublicAccessBlock block = new PublicAccessBlock(
                flag(document, "BlockPublicAcls"),
                flag(document, "IgnorePublicAcls"),
                flag(document, "BlockPublicPolicy"),
                flag(document, "RestrictPublicBuckets"));
        // All switched off is not the same as removed, but means the same.
        namespace.changeBucketSettings(
                call.bucket(),
                settings -> settings.with(
                        BucketRules.PUBLIC_ACCESS, block.equals(PublicAccessBlock.NONE) ? "none" : block.toText()));
        call.answer(HttpServletResponse.SC_OK);
    }

    private static boolean flag(XmlElement document, String name) {
        String text = document.childText(name).orElse("false").strip();
        return switch (text) {
            case "true", "TRUE", "True" -> true;
            case "false", "FALSE", "False" -> false;
            default -> throw new S3Exception(S3Error.MALFORMED_XML);
        };
    }

    /** DeletePublicAccessBlock. */
    public void deletePublicAccess(Call call) {
        namespace.changeBucketSettings(call.bucket(), settings -> settings.without(BucketRules.PUBLIC_ACCESS));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    // ---- ownership

    /** GetBucketOwnershipControls. */
    public void getOwnership(Call call) throws IOException {
        String text =
                settings(namespace, call.bucket()).get(BucketRules.OWNERSHIP).orElse("");
        if (text.isEmpty()) {
            throw new S3Exception(S3Error.OWNERSHIP_CONTROLS_NOT_FOUND);
        }
        call.answer(XmlWriter.document("OwnershipControls")
                .open("Rule")
                .text("ObjectOwnership", text)
                .close("Rule"));
    }

    /** PutBucketOwnershipControls: lists can only be switched off while they grant nothing to others. */
    public void putOwnership(Call call) {
        List<XmlElement> rules = XmlElement.parse(call.body().readAll(DOCUMENT_BYTES_MAX), "OwnershipControls")
                .children("Rule");
        Ownership ownership = rules.size() != 1
                ? malformed()
                : rules.getFirst()
                        .childText("ObjectOwnership")
                        .map(String::strip)
                        .flatMap(Ownership::of)
                        .orElseGet(BucketAccessSettings::malformed);
        BucketRules now = rules(namespace, call.bucket());
        if (!ownership.hasLists() && AccessLists.grantsToOthers(now.list(), now.owner())) {
            throw new S3Exception(S3Error.INVALID_BUCKET_ACL_WITH_OBJECT_OWNERSHIP);
        }
        namespace.changeBucketSettings(
                call.bucket(), settings -> settings.with(BucketRules.OWNERSHIP, ownership.text()));
        call.answer(HttpServletResponse.SC_OK);
    }

    private static Ownership malformed() {
        throw new S3Exception(S3Error.MALFORMED_XML);
    }

    /** DeleteBucketOwnershipControls: lists count again, as they did before there was this setting. */
    public void deleteOwnership(Call call) {
        namespace.changeBucketSettings(call.bucket(), settings -> settings.without(BucketRules.OWNERSHIP));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }
}
