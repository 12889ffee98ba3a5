package io.varve.s3;

import io.varve.s3.Router.Route;
import io.varve.s3.operation.AccessLists;
import io.varve.s3.operation.BucketAccessSettings;
import io.varve.s3.operation.BucketOperations;
import io.varve.s3.operation.CrossOrigin;
import io.varve.s3.operation.FormUploads;
import io.varve.s3.operation.Handler;
import io.varve.s3.operation.MultipartCompletion;
import io.varve.s3.operation.MultipartListing;
import io.varve.s3.operation.MultipartUploads;
import io.varve.s3.operation.ObjectAttributes;
import io.varve.s3.operation.ObjectCopy;
import io.varve.s3.operation.ObjectDeletes;
import io.varve.s3.operation.ObjectListing;
import io.varve.s3.operation.ObjectReads;
import io.varve.s3.operation.ObjectWrites;
import io.varve.s3.operation.Tagging;
import io.varve.s3.request.RequestTarget.Scope;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The table of operations: all that this server does of S3, each in one line. */
final class S3Operations {

    private S3Operations() {}

    static Router router(
            Namespace namespace, AccessControl access, CrossOrigin cors, FormUploads forms, S3Settings settings) {
        BucketOperations buckets = new BucketOperations(namespace, access, settings);
        ObjectReads reads = new ObjectReads(namespace);
        ObjectAttributes attributes = new ObjectAttributes(namespace);
        ObjectWrites writes = new ObjectWrites(namespace, access, settings);
        ObjectCopy copies = new ObjectCopy(namespace, access);
        ObjectDeletes deletes = new ObjectDeletes(namespace, access);
        ObjectListing listing = new ObjectListing(namespace);
        MultipartUploads uploads = new MultipartUploads(namespace, access, settings);
        MultipartCompletion completion = new MultipartCompletion(namespace);
        MultipartListing uploadListing = new MultipartListing(namespace);
        Tagging tagging = new Tagging(namespace);
        List<Route> routes = new ArrayList<>(rights(namespace));
        routes.addAll(List.of(
                new Route("ListBuckets", "GET", Scope.SERVICE, "", Optional.empty(), buckets::list),
                bucket("CreateBucket", "PUT", "", Action.CREATE_BUCKET, buckets::create),
                bucket("HeadBucket", "HEAD", "", Action.LIST, buckets::head),
                bucket("DeleteBucket", "DELETE", "", Action.DELETE_BUCKET, buckets::delete),
                bucket("GetBucketLocation", "GET", "location", Action.READ_LOCATION, buckets::location),
                bucket("GetBucketVersioning", "GET", "versioning", Action.READ_VERSIONING, buckets::versioning),
                bucket("GetBucketTagging", "GET", "tagging", Action.READ_BUCKET_TAGS, tagging::getOfBucket),
                bucket("PutBucketTagging", "PUT", "tagging", Action.WRITE_BUCKET_TAGS, tagging::putOfBucket),
                bucket("DeleteBucketTagging", "DELETE", "tagging", Action.WRITE_BUCKET_TAGS, tagging::deleteOfBucket),
                bucket("GetBucketCors", "GET", "cors", Action.READ_CORS, cors::get),
                bucket("PutBucketCors", "PUT", "cors", Action.WRITE_CORS, cors::put),
                bucket("DeleteBucketCors", "DELETE", "cors", Action.WRITE_CORS, cors::delete),
                bucket("ListObjects", "GET", "", Action.LIST, listing::listV1),
                bucket("ListObjectsV2", "GET", "list-type", Action.LIST, listing::listV2),
                bucket("ListMultipartUploads", "GET", "uploads", Action.LIST_UPLOADS, uploadListing::uploads),
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
                object("DeleteObject", "DELETE", "", Action.DELETE, deletes::delete),
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
                object("ListParts", "GET", "uploadId", Action.LIST_PARTS, uploadListing::parts)));
        return new Router(routes);
    }

    /** Who may use a bucket and its objects. */
    private static List<Route> rights(Namespace namespace) {
        BucketAccessSettings who = new BucketAccessSettings(namespace);
        AccessLists lists = new AccessLists(namespace);
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
