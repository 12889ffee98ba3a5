package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessControl.Decision;
import io.varve.storage.access.AccessList;
import io.varve.storage.access.AccessList.Grant;
import io.varve.storage.access.AccessList.Grantee;
import io.varve.storage.access.AccessList.Permission;
import io.varve.storage.access.BucketRules;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.VersionId;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Access control lists of buckets and objects: as documents, as canned names, and as headers that grant. They count only
 * where a bucket's ownership controls say so; elsewhere a list that says no more than "all to the owner" is accepted.
 * Thread-safe.
 */
public final class AccessLists {

    private static final int DOCUMENT_BYTES_MAX = 256 * 1024;
    private static final String ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers";
    private static final String AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
    private static final String XSI = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"";

    /** In the order in which their grants stand in the list. */
    private static final List<Map.Entry<String, Permission>> HEADERS = List.of(
            Map.entry("x-amz-grant-read", Permission.READ),
            Map.entry("x-amz-grant-write", Permission.WRITE),
            Map.entry("x-amz-grant-read-acp", Permission.READ_ACP),
            Map.entry("x-amz-grant-write-acp", Permission.WRITE_ACP),
            Map.entry("x-amz-grant-full-control", Permission.FULL_CONTROL));

    private final Namespace namespace;
    private final AccessControl access;

    public AccessLists(Namespace namespace, AccessControl access) {
        this.namespace = namespace;
        this.access = access;
    }

    /** GetBucketAcl. */
    public void getOfBucket(Call call) throws IOException {
        BucketRules rules = BucketAccessSettings.rules(namespace, call.bucket());
        AccessList list = rules.ownership().hasLists() ? rules.list() : AccessList.ofOwner(rules.owner());
        call.answer(document(list, rules.owner()));
    }

    /** GetObjectAcl. */
    public void getOfObject(Call call) throws IOException {
        BucketRules rules = BucketAccessSettings.rules(namespace, call.bucket());
        Entry entry = ObjectLookup.find(namespace, call);
        ObjectLookup.tellVersion(namespace, entry, call);
        String owner = owner(entry, rules);
        AccessList list = entry.attributes()
                .get(BucketRules.ACL)
                .filter(ignored -> rules.ownership().hasLists())
                .map(AccessList::parse)
                .orElseGet(() -> AccessList.ofOwner(owner));
        call.answer(document(list, owner));
    }

    private static String owner(Entry entry, BucketRules rules) {
        return rules.ownership().hasLists() ? owner(entry, rules.owner()) : rules.owner();
    }

    /** Who owns an object: the bucket's owner, unless another was let in to write it. */
    static String owner(Entry entry, String bucketOwner) {
        return entry.attributes().get(BucketRules.OBJECT_OWNER).orElse(bucketOwner);
    }

    /** PutBucketAcl. */
    public void putOfBucket(Call call) {
        BucketRules rules = BucketAccessSettings.rules(namespace, call.bucket());
        AccessList list = given(call, rules, rules.owner());
        if (rules.ownership().hasLists()) {
            namespace.changeBucketSettings(call.bucket(), settings -> settings.with(BucketRules.ACL, list.toText()));
        }
        call.answer(HttpServletResponse.SC_OK);
    }

    /** PutObjectAcl. */
    public void putOfObject(Call call) {
        BucketRules rules = BucketAccessSettings.rules(namespace, call.bucket());
        Optional<VersionId> version = ObjectLookup.version(call.query(), call.path());
        Entry entry = ObjectLookup.find(namespace, call.path(), version);
        AccessList list = given(call, rules, owner(entry, rules));
        ObjectLookup.tellVersion(namespace, entry, call);
        if (rules.ownership().hasLists()) {
            namespace
                    .keyVersions()
                    .changeAttributes(
                            call.path(),
                            version,
                            attributes -> attributes.with(BucketRules.ACL, list.toText()),
                            call.options());
        }
        call.answer(HttpServletResponse.SC_OK);
    }

    private AccessList given(Call call, BucketRules rules, String owner) {
        byte[] body = call.body().readAll(DOCUMENT_BYTES_MAX);
        Optional<AccessList> inHeaders = ofHeaders(call.headers(), rules, owner, access);
        if (inHeaders.isPresent() == body.length > 0) {
            throw body.length > 0
                    ? new S3Exception(S3Error.UNEXPECTED_CONTENT)
                    : new S3Exception(
                            S3Error.MISSING_SECURITY_HEADER, "Your request was missing a required header: x-amz-acl");
        }
        return inHeaders.orElseGet(() -> checked(parse(body), rules, owner));
    }

    /**
     * The attributes of a new object with the list that its headers give it.
     *
     * @throws S3Exception if the bucket has no lists and the headers ask for one that grants something
     */
    static Attributes withList(Attributes attributes, Namespace namespace, AccessControl access, Call call) {
        Attributes plain = attributes.without(BucketRules.ACL).without(BucketRules.OBJECT_OWNER);
        boolean guest = access.isGuest(call.principal(), call.bucket());
        if (!guest && !asksFor(call.headers())) {
            return plain;
        }
        BucketRules rules = BucketAccessSettings.rules(namespace, call.bucket());
        boolean own = guest && keeps(rules.ownership(), call.headers());
        String owner = own ? call.principal().name() : rules.owner();
        Attributes owned = own ? plain.with(BucketRules.OBJECT_OWNER, owner) : plain;
        Optional<AccessList> list = ofHeaders(call.headers(), rules, owner, access);
        if (list.isEmpty()) {
            return owned;
        }
        if (grantsToOthers(list.get(), owner)) {
            boolean another = guest || call.principal().equals(AccessControl.ANONYMOUS);
            Decision decision = another
                    ? access.decideOfOwn(call.principal(), Action.WRITE_ACL, call.bucket(), call.key())
                    : access.decide(call.principal(), Action.WRITE_ACL, call.bucket(), call.key());
            if (decision != Decision.ALLOWED) {
                throw new S3Exception(S3Error.ACCESS_DENIED);
            }
        }
        return rules.ownership().hasLists()
                ? owned.with(BucketRules.ACL, list.get().toText())
                : owned;
    }

    /** Whether who writes an object keeps it, though the bucket is another's. */
    private static boolean keeps(BucketRules.Ownership ownership, Headers headers) {
        return switch (ownership) {
            case OBJECT_WRITER -> true;
            case BUCKET_OWNER_PREFERRED -> !headers.get("x-amz-acl").equals("bucket-owner-full-control");
            case BUCKET_OWNER_ENFORCED -> false;
        };
    }

    static boolean asksFor(Headers headers) {
        return headers.has("x-amz-acl") || HEADERS.stream().anyMatch(header -> headers.has(header.getKey()));
    }

    /** The list that headers give, checked against the bucket's rules; empty if they give none. */
    static Optional<AccessList> ofHeaders(Headers headers, BucketRules rules, String owner, AccessControl access) {
        if (!asksFor(headers)) {
            return Optional.empty();
        }
        Optional<String> canned = headers.find("x-amz-acl");
        List<Grant> grants = new ArrayList<>();
        for (Map.Entry<String, Permission> header : HEADERS) {
            headers.find(header.getKey())
                    .ifPresent(text -> grantees(header.getKey(), text, access)
                            .forEach(who -> grants.add(new Grant(who, header.getValue()))));
        }
        if (canned.isPresent() && !grants.isEmpty()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST, "Specifying both Canned ACLs and Header Grants is not allowed");
        }
        AccessList list = canned.isEmpty()
                ? new AccessList(grants)
                : AccessList.canned(canned.get(), owner, rules.owner())
                        .orElseThrow(() -> S3Exception.invalidArgument("x-amz-acl", canned.get(), ""));
        return Optional.of(checked(list, rules, owner));
    }

    private static AccessList checked(AccessList list, BucketRules rules, String owner) {
        if (!rules.ownership().hasLists() && grantsToOthers(list, owner)) {
            throw new S3Exception(S3Error.ACCESS_CONTROL_LIST_NOT_SUPPORTED);
        }
        if (list.isPublic() && rules.block().blockAcls()) {
            throw new S3Exception(
                    S3Error.ACCESS_DENIED,
                    "The list grants something to everybody, which the bucket's public access block prevents.");
        }
        if (list.grants().size() > AccessList.GRANTS_MAX) {
            throw new S3Exception(S3Error.MALFORMED_ACL);
        }
        return list;
    }

    /** Whether a list says more than that the owner may do everything. */
    static boolean grantsToOthers(AccessList list, String owner) {
        return !list.grants().stream()
                .allMatch(grant -> grant.grantee() instanceof Grantee.User user
                        && user.name().equals(owner)
                        && grant.permission() == Permission.FULL_CONTROL);
    }

    private static List<Grantee> grantees(String header, String text, AccessControl access) {
        List<Grantee> grantees = new ArrayList<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.indexOf('=');
            String type = equals < 0 ? "" : pair.substring(0, equals).strip();
            String value = equals < 0 ? "" : pair.substring(equals + 1).strip();
            if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
                value = value.substring(1, value.length() - 1);
            }
            Grantee grantee = switch (type) {
                case "id" -> user(value, access);
                case "uri" -> group(value);
                case "emailAddress" -> userOfAddress(value, access);
                default -> throw S3Exception.invalidArgument(header, text, "Argument format not recognized");
            };
            grantees.add(grantee);
        }
        return grantees;
    }

    private static Grantee user(String id, AccessControl access) {
        if (!access.isUser(id)) {
            throw S3Exception.invalidArgument("CanonicalUser/ID", id, "Invalid id");
        }
        return new Grantee.User(id);
    }

    /** Users have no addresses, but an address can be a user's name. */
    private static Grantee userOfAddress(String address, AccessControl access) {
        if (!access.isUser(address)) {
            throw new S3Exception(S3Error.UNRESOLVABLE_GRANT).with("EmailAddress", address);
        }
        return new Grantee.User(address);
    }

    private static Grantee group(String uri) {
        return switch (uri) {
            case ALL_USERS -> new Grantee.AllUsers();
            case AUTHENTICATED_USERS -> new Grantee.AuthenticatedUsers();
            default -> throw S3Exception.invalidArgument("URI", uri, "Invalid group uri");
        };
    }

    private AccessList parse(byte[] body) {
        XmlElement document = XmlElement.parse(body, "AccessControlPolicy");
        List<XmlElement> lists = document.children("AccessControlList");
        if (lists.size() != 1 || document.children("Owner").size() != 1) {
            throw new S3Exception(S3Error.MALFORMED_ACL);
        }
        List<Grant> grants = new ArrayList<>();
        for (XmlElement grant : lists.getFirst().children("Grant")) {
            List<XmlElement> grantees = grant.children("Grantee");
            if (grantees.size() != 1) {
                throw new S3Exception(S3Error.MALFORMED_ACL);
            }
            grants.add(new Grant(
                    grantee(grantees.getFirst()),
                    permission(grant.childText("Permission").orElse(""))));
        }
        return new AccessList(grants);
    }

    private Grantee grantee(XmlElement grantee) {
        Optional<String> uri = grantee.childText("URI").map(String::strip);
        if (uri.isPresent()) {
            return group(uri.get());
        }
        Optional<String> address = grantee.childText("EmailAddress").map(String::strip);
        if (address.isPresent()) {
            return userOfAddress(address.get(), access);
        }
        return user(
                grantee.childText("ID")
                        .map(String::strip)
                        .filter(id -> !id.isEmpty())
                        .orElseThrow(() -> new S3Exception(S3Error.MALFORMED_ACL)),
                access);
    }

    private static Permission permission(String name) {
        try {
            return Permission.valueOf(name.strip());
        } catch (IllegalArgumentException e) {
            throw new S3Exception(S3Error.MALFORMED_ACL, S3Error.MALFORMED_ACL.message(), e);
        }
    }

    private static XmlWriter document(AccessList list, String owner) {
        XmlWriter xml = XmlWriter.document("AccessControlPolicy");
        Owner.write(xml, "Owner", owner);
        xml.open("AccessControlList");
        for (Grant grant : list.grants()) {
            xml.open("Grant");
            switch (grant.grantee()) {
                case Grantee.User user ->
                    grantee(xml, "CanonicalUser").text("ID", user.name()).text("DisplayName", user.name());
                case Grantee.AllUsers ignored -> grantee(xml, "Group").text("URI", ALL_USERS);
                case Grantee.AuthenticatedUsers ignored -> grantee(xml, "Group").text("URI", AUTHENTICATED_USERS);
            }
            xml.close("Grantee").text("Permission", grant.permission().name()).close("Grant");
        }
        return xml.close("AccessControlList");
    }

    /** The type is an attribute; MinIO's clients look for an element. */
    private static XmlWriter grantee(XmlWriter xml, String type) {
        return xml.open("Grantee" + XSI + type + "\"").text("Type", type);
    }
}
