package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
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

    private static final Map<String, Permission> HEADERS = Map.of(
            "x-amz-grant-read", Permission.READ,
            "x-amz-grant-write", Permission.WRITE,
            "x-amz-grant-read-acp", Permission.READ_ACP,
            "x-amz-grant-write-acp", Permission.WRITE_ACP,
            "x-amz-grant-full-control", Permission.FULL_CONTROL);

    private final Namespace namespace;

    public AccessLists(Namespace namespace) {
        this.namespace = namespace;
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
        AccessList list = entry.attributes()
                .get(BucketRules.ACL)
                .filter(ignored -> rules.ownership().hasLists())
                .map(AccessList::parse)
                .orElseGet(() -> AccessList.ofOwner(rules.owner()));
        call.answer(document(list, rules.owner()));
    }

    /** PutBucketAcl. */
    public void putOfBucket(Call call) {
        BucketRules rules = BucketAccessSettings.rules(namespace, call.bucket());
        AccessList list = given(call, rules);
        if (rules.ownership().hasLists()) {
            namespace.changeBucketSettings(call.bucket(), settings -> settings.with(BucketRules.ACL, list.toText()));
        }
        call.answer(HttpServletResponse.SC_OK);
    }

    /** PutObjectAcl. */
    public void putOfObject(Call call) {
        BucketRules rules = BucketAccessSettings.rules(namespace, call.bucket());
        AccessList list = given(call, rules);
        Optional<VersionId> version = ObjectLookup.version(call.query(), call.path());
        Entry entry = ObjectLookup.find(namespace, call.path(), version);
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

    private static AccessList given(Call call, BucketRules rules) {
        byte[] body = call.body().readAll(DOCUMENT_BYTES_MAX);
        Optional<AccessList> inHeaders = ofHeaders(call.headers(), rules);
        if (inHeaders.isPresent() == body.length > 0) {
            throw body.length > 0
                    ? new S3Exception(S3Error.UNEXPECTED_CONTENT)
                    : new S3Exception(
                            S3Error.MISSING_SECURITY_HEADER, "Your request was missing a required header: x-amz-acl");
        }
        return inHeaders.orElseGet(() -> checked(parse(body), rules));
    }

    /**
     * The attributes of a new object with the list that its headers give it.
     *
     * @throws S3Exception if the bucket has no lists and the headers ask for one that grants something
     */
    static Attributes withList(Attributes attributes, Namespace namespace, AccessControl access, Call call) {
        if (!asksFor(call.headers())) {
            return attributes.without(BucketRules.ACL);
        }
        BucketRules rules = BucketAccessSettings.rules(namespace, call.bucket());
        AccessList list = ofHeaders(call.headers(), rules).orElseThrow();
        if (grantsToOthers(list, rules.owner())) {
            call.require(access, Action.WRITE_ACL);
        }
        return rules.ownership().hasLists() ? attributes.with(BucketRules.ACL, list.toText()) : attributes;
    }

    static boolean asksFor(Headers headers) {
        return headers.has("x-amz-acl") || HEADERS.keySet().stream().anyMatch(headers::has);
    }

    /** The list that headers give, checked against the bucket's rules; empty if they give none. */
    static Optional<AccessList> ofHeaders(Headers headers, BucketRules rules) {
        if (!asksFor(headers)) {
            return Optional.empty();
        }
        Optional<String> canned = headers.find("x-amz-acl");
        List<Grant> grants = new ArrayList<>();
        HEADERS.forEach((name, permission) -> headers.find(name)
                .ifPresent(text -> grantees(name, text).forEach(who -> grants.add(new Grant(who, permission)))));
        if (canned.isPresent() && !grants.isEmpty()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST, "Specifying both Canned ACLs and Header Grants is not allowed");
        }
        AccessList list = canned.isEmpty()
                ? new AccessList(grants)
                : AccessList.canned(canned.get(), rules.owner())
                        .orElseThrow(() -> S3Exception.invalidArgument("x-amz-acl", canned.get(), ""));
        return Optional.of(checked(list, rules));
    }

    private static AccessList checked(AccessList list, BucketRules rules) {
        if (!rules.ownership().hasLists() && grantsToOthers(list, rules.owner())) {
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

    private static List<Grantee> grantees(String header, String text) {
        List<Grantee> grantees = new ArrayList<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.indexOf('=');
            String type = equals < 0 ? "" : pair.substring(0, equals).strip();
            String value = equals < 0 ? "" : pair.substring(equals + 1).strip();
            if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
                value = value.substring(1, value.length() - 1);
            }
            Grantee grantee = switch (type) {
                case "id" -> new Grantee.User(value);
                case "uri" -> group(value);
                default -> throw S3Exception.invalidArgument(header, text, "Argument format not recognized");
            };
            grantees.add(grantee);
        }
        return grantees;
    }

    private static Grantee group(String uri) {
        return switch (uri) {
            case ALL_USERS -> new Grantee.AllUsers();
            case AUTHENTICATED_USERS -> new Grantee.AuthenticatedUsers();
            default -> throw S3Exception.invalidArgument("URI", uri, "Invalid group uri");
        };
    }

    private static AccessList parse(byte[] body) {
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
            XmlElement grantee = grantees.getFirst();
            Optional<String> uri = grantee.childText("URI").map(String::strip);
            Grantee who = uri.isPresent()
                    ? group(uri.get())
                    : new Grantee.User(grantee.childText("ID")
                            .map(String::strip)
                            .filter(id -> !id.isEmpty())
                            .orElseThrow(() -> new S3Exception(S3Error.MALFORMED_ACL)));
            grants.add(new Grant(who, permission(grant.childText("Permission").orElse(""))));
        }
        return new AccessList(grants);
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
                    xml.open("Grantee" + XSI + "CanonicalUser\"")
                            .text("ID", user.name())
                            .text("DisplayName", user.name());
                case Grantee.AllUsers ignored ->
                    xml.open("Grantee" + XSI + "Group\"").text("URI", ALL_USERS);
                case Grantee.AuthenticatedUsers ignored ->
                    xml.open("Grantee" + XSI + "Group\"").text("URI", AUTHENTICATED_USERS);
            }
            xml.close("Grantee").text("Permission", grant.permission().name()).close("Grant");
        }
        return xml.close("AccessControlList");
    }
}
