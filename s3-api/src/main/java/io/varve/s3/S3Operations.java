package io.varve.s3;

import io.varve.s3.Router.Route;
import io.varve.s3.operation.BucketOperations;
import io.varve.s3.operation.CrossOrigin;
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
import java.util.List;
import java.util.Optional;

/** The table of operations: all that this server does of S3, each in one line. */
final class S3Operations {

    private S3Operations() {}

    static Router router(Namespace namespace, AccessControl access, CrossOrigin cors, S3Settings settings) {
        BucketOperations buckets = new BucketOperations(namespace, access, settings);
        ObjectReads reads = new ObjectReads(namespace);
        ObjectAttributes attributes = new ObjectAttributes(namespace);
        ObjectWrites writes = new ObjectWrites(namespace, settings);
        ObjectCopy copies = new ObjectCopy(namespace, access);
        ObjectDeletes deletes = new ObjectDeletes(namespace, access);
        ObjectListing listing = new ObjectListing(namespace);
        MultipartUploads uploads = new MultipartUploads(namespace, access, settings);
        MultipartCompletion completion = new MultipartCompletion(namespace);
        MultipartListing uploadListing = new MultipartListing(namespace);
        Tagging tagging = new Tagging(namespace);
        return new Router(List.of(
                new Route("ListBuckets", "GET", Scope.SERVICE, "", Optional.empty(), buckets::list),
                bucket("CreateBucket", "PUT", "", Action.CREATE_BUCKET, buckets::create),
                bucket("HeadBucket", "HEAD", "", Action.LIST, buckets::head),
                bucket("DeleteBucket", "DELETE", "", Action.DELETE_BUCKET, buckets::delete),
                bucket("GetBucketLocation", "GET", "location", Action.LIST, buckets::location),
                bucket("GetBucketVersioning", "GET", "versioning", Action.LIST, buckets::versioning),
                bucket("GetBucketTagging", "GET", "tagging", Action.LIST, tagging::getOfBucket),
                bucket("PutBucketTagging", "PUT", "tagging", Action.CREATE_BUCKET, tagging::putOfBucket),
                bucket("DeleteBucketTagging", "DELETE", "tagging", Action.CREATE_BUCKET, tagging::deleteOfBucket),
                bucket("GetBucketCors", "GET", "cors", Action.LIST, cors::get),
                bucket("PutBucketCors", "PUT", "cors", Action.CREATE_BUCKET, cors::put),
                bucket("DeleteBucketCors", "DELETE", "cors", Action.CREATE_BUCKET, cors::delete),
                bucket("ListObjects", "GET", "", Action.LIST, listing::listV1),
                bucket("ListObjectsV2", "GET", "list-type", Action.LIST, listing::listV2),
                bucket("ListMultipartUploads", "GET", "uploads", Action.LIST, uploadListing::uploads),
                new Route("DeleteObjects", "POST", Scope.BUCKET, "delete", Optional.empty(), deletes::deleteMany),
                object("GetObject", "GET", "", Action.READ, reads::get),
                object("GetObject", "GET", "partNumber", Action.READ, reads::get),
                object("HeadObject", "HEAD", "", Action.READ, reads::head),
                object("HeadObject", "HEAD", "partNumber", Action.READ, reads::head),
                object("GetObjectAttributes", "GET", "attributes", Action.READ, attributes::get),
                object("GetObjectTagging", "GET", "tagging", Action.READ, tagging::getOfObject),
                object("PutObjectTagging", "PUT", "tagging", Action.WRITE, tagging::putOfObject),
                object("DeleteObjectTagging", "DELETE", "tagging", Action.WRITE, tagging::deleteOfObject),
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
                object("AbortMultipartUpload", "DELETE", "uploadId", Action.WRITE, uploads::abort),
                object("ListParts", "GET", "uploadId", Action.WRITE, uploadListing::parts)));
    }

    private static Route bucket(String name, String method, String selectors, Action action, Handler handler) {
        return new Route(name, method, Scope.BUCKET, selectors, Optional.of(action), handler);
    }

    private static Route object(String name, String method, String selectors, Action action, Handler handler) {
        return new Route(name, method, Scope.OBJECT, selectors, Optional.of(action), handler);
    }
}
