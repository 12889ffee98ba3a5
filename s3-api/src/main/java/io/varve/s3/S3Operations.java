package io.varve.s3;

import io.varve.s3.Router.Route;
import io.varve.s3.operation.AbsentSettings;
import io.varve.s3.operation.AccessLists;
import io.varve.s3.operation.BucketAccessSettings;
import io.varve.s3.operation.BucketLifecycle;
import io.varve.s3.operation.BucketOperations;
import io.varve.s3.operation.CrossOrigin;
import io.varve.s3.operation.Encryption;
import io.varve.s3.operation.FormUploads;
import io.varve.s3.operation.Handler;
import io.varve.s3.operation.LockHeaders;
import io.varve.s3.operation.MultipartCompletion;
import io.varve.s3.operation.MultipartListing;
import io.varve.s3.operation.MultipartUploads;
import io.varve.s3.operation.Notifications;
import io.varve.s3.operation.ObjectAttributes;
import io.varve.s3.operation.ObjectCopy;
import io.varve.s3.operation.ObjectDeletes;
import io.varve.s3.operation.ObjectListing;
import io.varve.s3.operation.ObjectLocking;
import io.varve.s3.operation.ObjectReads;
import io.varve.s3.operation.ObjectWrites;
import io.varve.s3.operation.Tagging;
import io.varve.s3.operation.VersionListing;
import io.varve.s3.operation.Website;
import io.varve.s3.request.RequestTarget.Scope;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Namespace;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table of operations: all that this server does of S3, each in one line. */
final class S3Operations {

    private S3Operations() {}

    static Router router(
            Namespace namespace,
            AccessControl access,
            CrossOrigin cors,
            FormUploads forms,
            Notifications notifications,
            Encryption encryption,
            Website website,
            InstantSource clock,
            S3Settings settings) {
        BucketOperations buckets = new BucketOperations(namespace, access, settings);
        ObjectReads reads = new ObjectReads(namespace, encryption);
        ObjectAttributes attributes = new ObjectAttributes(namespace, encryption);
        LockHeaders locks = new LockHeaders(namespace, access, clock);
        ObjectWrites writes = new ObjectWrites(namespace, access, locks, settings, notifications, encryption);
        ObjectCopy copies = new ObjectCopy(namespace, access, locks, notifications, encryption);
        ObjectDeletes deletes = new ObjectDeletes(namespace, access, notifications);
        ObjectListing listing = new ObjectListing(namespace);
        Tagging tagging = new Tagging(namespace, notifications);
        List<Route> routes = new ArrayList<>(rights(namespace, access));
        routes.addAll(versions(namespace, access, clock, buckets));
        routes.addAll(told(cors, notifications, website));
        routes.addAll(absent(new AbsentSettings(namespace)));
        routes.addAll(uploads(
                new MultipartUploads(namespace, access, locks, settings, encryption),
                new MultipartCompletion(namespace, notifications, encryption),
                new MultipartListing(namespace)));
        routes.addAll(List.of(
                new Route("ListBuckets", "GET", Scope.SERVICE, "", Optional.empty(), buckets::list),
                bucket("CreateBucket", "PUT", "", Action.CREATE_BUCKET, buckets::create),
                bucket("HeadBucket", "HEAD", "", Action.LIST, buckets::head),
                bucket("DeleteBucket", "DELETE", "", Action.DELETE_BUCKET, buckets::delete),
                bucket("GetBucketEncryption", "GET", "encryption", Action.READ_ENCRYPTION, encryption::get),
                bucket("PutBucketEncryption", "PUT", "encryption", Action.WRITE_ENCRYPTION, encryption::put),
                bucket("DeleteBucketEncryption", "DELETE", "encryption", Action.WRITE_ENCRYPTION, encryption::delete),
                bucket("GetBucketLocation", "GET", "location", Action.READ_LOCATION, buckets::location),
                bucket("GetBucketTagging", "GET", "tagging", Action.READ_BUCKET_TAGS, tagging::getOfBucket),
                bucket("PutBucketTagging", "PUT", "tagging", Action.WRITE_BUCKET_TAGS, tagging::putOfBucket),
                bucket("DeleteBucketTagging", "DELETE", "tagging", Action.WRITE_BUCKET_TAGS, tagging::deleteOfBucket),
                bucket("ListObjects", "GET", "", Action.LIST, listing::listV1),
                bucket("ListObjectsV2", "GET", "list-type", Action.LIST, listing::listV2),
                new Route("PostObject", "POST", Scope.BUCKET, "", Optional.empty(), forms::post),
                new Route("DeleteObjects", "POST", Scope.BUCKET, "delete", Optional.empty(), deletes::deleteMany),
                object("GetObject", "GET", "", Action.READ, reads::get),
                object("GetObject", "GET", "partNumber", Action.READ, reads::get),
                object("HeadObject", "HEAD", "", Action.READ, reads::head),
                object("HeadObject", "HEAD", "partNumber", Action.READ, reads::head),
                object("GetObjectAttributes", "GET", "attributes", Action.READ, attributes::get),
                object("GetObjectTagging", "GET", "tagging", Action.READ_TAGS, tagging::getOfObject),
                object("PutObjectTagging", "PUT", "tagging", Action.WRITE_TAGS, tagging::putOfObject),
                object("DeleteObjectTagging", "DELETE", "tagging", Action.DELETE_TAGS, tagging::deleteOfObject),
                object("PutObject", "PUT", "", Action.WRITE, writes::put),
                object("CopyObject", "PUT", Router.COPY, Action.WRITE, copies::copy),
                object("DeleteObject", "DELETE", "", Action.DELETE, deletes::delete)));
        return new Router(routes);
    }

    /** What others are told of a bucket: browsers and webhooks. */
    private static List<Route> told(CrossOrigin cors, Notifications notifications, Website website) {
        return List.of(
                bucket("GetBucketCors", "GET", "cors", Action.READ_CORS, cors.document()::get),
                bucket("PutBucketCors", "PUT", "cors", Action.WRITE_CORS, cors.document()::put),
                bucket("DeleteBucketCors", "DELETE", "cors", Action.WRITE_CORS, cors.document()::delete),
                bucket("GetBucketWebsite", "GET", "website", Action.READ_WEBSITE, website.document()::get),
                bucket("PutBucketWebsite", "PUT", "website", Action.WRITE_WEBSITE, website.document()::put),
                bucket("DeleteBucketWebsite", "DELETE", "website", Action.DELETE_WEBSITE, website.document()::delete),
                bucket(
                        "GetBucketNotificationConfiguration",
                        "GET",
                        "notification",
                        Action.READ_NOTIFICATIONS,
                        notifications::get),
                bucket(
                        "PutBucketNotificationConfiguration",
                        "PUT",
                        "notification",
                        Action.WRITE_NOTIFICATIONS,
                        notifications::put));
    }

    /** What tools ask for and nobody can set. */
    private static List<Route> absent(AbsentSettings none) {
        return List.of(
                bucket(
                        "GetBucketAccelerateConfiguration",
                        "GET",
                        "accelerate",
                        Action.READ_LOCATION,
                        none::acceleration),
                bucket("GetBucketRequestPayment", "GET", "requestPayment", Action.READ_LOCATION, none::payment),
                bucket("GetBucketLogging", "GET", "logging", Action.READ_LOCATION, none::logging),
                bucket("GetBucketReplication", "GET", "replication", Action.READ_LOCATION, none::replication),
                bucket(
                        "DeleteBucketReplication",
                        "DELETE",
                        "replication",
                        Action.WRITE_LIFECYCLE,
                        none::noReplication));
    }

    /** Uploads in parts. */
    private static List<Route> uploads(
            MultipartUploads uploads, MultipartCompletion completion, MultipartListing uploadListing) {
        return List.of(
                bucket("ListMultipartUploads", "GET", "uploads", Action.LIST_UPLOADS, uploadListing::uploads),
                object("CreateMultipartUpload", "POST", "uploads", Action.WRITE, uploads::create),
                object("UploadPart", "PUT", "partNumber&uploadId", Action.WRITE, uploads::uploadPart),
                object(
                        "UploadPartCopy",
                        "PUT",
                        Router.COPY + "&partNumber&uploadId",
                        Action.WRITE,
                        uploads::uploadPartCopy),
                object("CompleteMultipartUpload", "POST", "uploadId", Action.WRITE, completion::complete),
                object("AbortMultipartUpload", "DELETE", "uploadId", Action.ABORT_UPLOAD, uploads::abort),
                object("ListParts", "GET", "uploadId", Action.LIST_PARTS, uploadListing::parts));
    }

    /** Versions, what keeps them and what ends them. */
    private static List<Route> versions(
            Namespace namespace, AccessControl access, InstantSource clock, BucketOperations buckets) {
        ObjectLocking locking = new ObjectLocking(namespace, access, clock);
        VersionListing listing = new VersionListing(namespace);
        BucketLifecycle lifecycle = new BucketLifecycle(namespace);
        return List.of(
                bucket("GetBucketLifecycleConfiguration", "GET", "lifecycle", Action.READ_LIFECYCLE, lifecycle::get),
                bucket("PutBucketLifecycleConfiguration", "PUT", "lifecycle", Action.WRITE_LIFECYCLE, lifecycle::put),
                bucket("DeleteBucketLifecycle", "DELETE", "lifecycle", Action.WRITE_LIFECYCLE, lifecycle::delete),
                bucket("GetBucketVersioning", "GET", "versioning", Action.READ_VERSIONING, buckets::versioning),
                bucket("PutBucketVersioning", "PUT", "versioning", Action.WRITE_VERSIONING, buckets::putVersioning),
                bucket("ListObjectVersions", "GET", "versions", Action.LIST_VERSIONS, listing::list),
                bucket(
                        "GetObjectLockConfiguration",
                        "GET",
                        "object-lock",
                        Action.READ_OBJECT_LOCK,
                        locking::getConfiguration),
                bucket(
                        "PutObjectLockConfiguration",
                        "PUT",
                        "object-lock",
                        Action.WRITE_OBJECT_LOCK,
                        locking::putConfiguration),
                object("GetObjectRetention", "GET", "retention", Action.READ_RETENTION, locking::getRetention),
                object("PutObjectRetention", "PUT", "retention", Action.WRITE_RETENTION, locking::putRetention),
                object("GetObjectLegalHold", "GET", "legal-hold", Action.READ_HOLD, locking::getHold),
                object("PutObjectLegalHold", "PUT", "legal-hold", Action.WRITE_HOLD, locking::putHold));
    }

    /** Who may use a bucket and its objects. */
    private static List<Route> rights(Namespace namespace, AccessControl access) {
        BucketAccessSettings who = new BucketAccessSettings(namespace);
        AccessLists lists = new AccessLists(namespace, access);
        return List.of(
                bucket("GetBucketPolicy", "GET", "policy", Action.READ_POLICY, who::getPolicy),
                bucket("PutBucketPolicy", "PUT", "policy", Action.WRITE_POLICY, who::putPolicy),
                bucket("DeleteBucketPolicy", "DELETE", "policy", Action.DELETE_POLICY, who::deletePolicy),
                bucket("GetBucketPolicyStatus", "GET", "policyStatus", Action.READ_POLICY_STATUS, who::getPolicyStatus),
                bucket(
                        "GetPublicAccessBlock",
                        "GET",
                        "publicAccessBlock",
                        Action.READ_PUBLIC_ACCESS,
                        who::getPublicAccess),
                bucket(
                        "PutPublicAccessBlock",
                        "PUT",
                        "publicAccessBlock",
                        Action.WRITE_PUBLIC_ACCESS,
                        who::putPublicAccess),
                bucket(
                        "DeletePublicAccessBlock",
                        "DELETE",
                        "publicAccessBlock",
                        Action.WRITE_PUBLIC_ACCESS,
                        who::deletePublicAccess),
                bucket(
                        "GetBucketOwnershipControls",
                        "GET",
                        "ownershipControls",
                        Action.READ_OWNERSHIP,
                        who::getOwnership),
                bucket(
                        "PutBucketOwnershipControls",
                        "PUT",
                        "ownershipControls",
                        Action.WRITE_OWNERSHIP,
                        who::putOwnership),
                bucket(
                        "DeleteBucketOwnershipControls",
                        "DELETE",
                        "ownershipControls",
                        Action.WRITE_OWNERSHIP,
                        who::deleteOwnership),
                bucket("GetBucketAcl", "GET", "acl", Action.READ_BUCKET_ACL, lists::getOfBucket),
                bucket("PutBucketAcl", "PUT", "acl", Action.WRITE_BUCKET_ACL, lists::putOfBucket),
                object("GetObjectAcl", "GET", "acl", Action.READ_ACL, lists::getOfObject),
                object("PutObjectAcl", "PUT", "acl", Action.WRITE_ACL, lists::putOfObject));
    }

    private static Route bucket(String name, String method, String selectors, Action action, Handler handler) {
        return new Route(name, method, Scope.BUCKET, selectors, Optional.of(action), handler);
    }

    private static Route object(String name, String method, String selectors, Action action, Handler handler) {
        return new Route(name, method, Scope.OBJECT, selectors, Optional.of(action), handler);
    }
}
