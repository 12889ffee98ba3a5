package io.varve.storage.access;

import java.util.Map;
import java.util.Optional;

/**
 * Who may do what in one bucket beyond what roles allow: the parsed form of settings that are kept with the bucket. Immutable.
 *
 * @param owner the user who made the bucket
 * @param policy its policy, if it has one
 * @param list its access control list
 * @param shared whether it never got a list, so that it is for every user whose role is for buckets
 * @param block what keeps it from being opened to the public
 * @param ownership whether access control lists count
 */
public record BucketRules(
        String owner,
        Optional<BucketPolicy> policy,
        AccessList list,
        boolean shared,
        PublicAccessBlock block,
        Ownership ownership) {

    /** The setting with the policy as it was put. */
    public static final String POLICY = "s:policy";

    /** The setting with the bucket's access control list; of an object the attribute with its own. */
    public static final String ACL = "s:acl";

    /** The attribute of an object with its owner, where that is not the bucket's. */
    public static final String OBJECT_OWNER = "s:owner";

    /** The setting with {@link PublicAccessBlock}; absent or empty where there is none. */
    public static final String PUBLIC_ACCESS = "s:public-access";

    /** The setting with the {@link Ownership}. */
    public static final String OWNERSHIP = "s:ownership";

    /** Who owns objects, and with that whether access control lists count (user guide, "Controlling ownership of objects"). */
    public enum Ownership {
        /** The bucket's owner; there are no lists. */
        BUCKET_OWNER_ENFORCED("BucketOwnerEnforced"),
        /** The same, unless they are written with the list {@code bucket-owner-full-control}. */
        BUCKET_OWNER_PREFERRED("BucketOwnerPreferred"),
        /** Whoever wrote them, if only a list or the policy lets them write; lists count. */
        OBJECT_WRITER("ObjectWriter");

        private final String text;

        Ownership(String text) {
            this.text = text;
        }

        /** The name in documents. */
        public String text() {
            return text;
        }

        /** Whether access control lists count. */
        public boolean hasLists() {
            return this != BUCKET_OWNER_ENFORCED;
        }

        public static Optional<Ownership> of(String text) {
            for (Ownership ownership : values()) {
                if (ownership.text.equals(text)) {
                    return Optional.of(ownership);
                }
            }
            return Optional.empty();
        }
    }

    /**
     * Reads the settings.
     *
     * @throws IllegalArgumentException if one of them is damaged, so that nothing is allowed by mistake
     */
    public static BucketRules of(String bucket, String owner, Map<String, String> settings) {
        Optional<BucketPolicy> policy =
                Optional.ofNullable(settings.get(POLICY)).map(text -> BucketPolicy.parse(text, bucket));
        return new BucketRules(
                owner,
                policy,
                Optional.ofNullable(settings.get(ACL))
                        .map(AccessList::parse)
                        .orElseGet(() -> AccessList.ofOwner(owner)),
                !settings.containsKey(ACL),
                Optional.ofNullable(settings.get(PUBLIC_ACCESS))
                        .map(PublicAccessBlock::parse)
                        .orElse(PublicAccessBlock.NONE),
                Optional.ofNullable(settings.get(OWNERSHIP))
                        .flatMap(Ownership::of)
                        .orElse(Ownership.OBJECT_WRITER));
    }
}
