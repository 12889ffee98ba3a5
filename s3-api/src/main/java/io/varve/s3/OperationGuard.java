package io.varve.s3;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.operation.Call;
import io.varve.s3.request.Headers;
import io.varve.storage.access.AccessControl;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import java.io.IOException;
import java.util.Optional;

/** Has operations done for those who have the right to them. Thread-safe. */
final class OperationGuard {
    private final Namespace namespace;
    private final AccessControl access;

    OperationGuard(Namespace namespace, AccessControl access) {
        this.namespace = namespace;
        this.access = access;
    }

    /**
     * Performs an operation.
     *
     * @throws S3Exception if the sender has no right to it, with as much of a reason as he may know; or what the operation throws
     */
    void perform(Router.Route route, Call call) throws IOException {
        if (route.action().isPresent()) {
            AccessControl.Action action = route.action().get();
            requireRight(call, call.query().has("versionId") ? action.ofVersion() : action);
        }
        boolean anonymous = call.principal().equals(AccessControl.ANONYMOUS);
        if (anonymous
                && call.query().parameters().stream().anyMatch(p -> p.name().startsWith("response-"))) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "Request specific response headers cannot be used for anonymous GET requests.");
        }
        checkExpectedOwner(call.headers(), "x-amz-expected-bucket-owner", call.bucket());
        try {
            route.handler().handle(call);
        } catch (StorageException.NoSuchEntry | S3Exception e) {
            boolean missing = !(e instanceof S3Exception refusal) || refusal.error() == S3Error.NO_SUCH_KEY;
            // Who may not list a bucket is not told what is not in it.
            if (missing && !call.key().isEmpty()) {
                call.require(access, AccessControl.Action.LIST);
            }
            throw e;
        }
    }

    /**
     * Asks for the right to do something. That there is no such bucket is no secret, since names of buckets are for all users together;
     * that there is no such object is told to who may list the bucket.
     */
    private void requireRight(Call call, AccessControl.Action action) {
        try {
            call.require(access, action);
        } catch (S3Exception e) {
            if (action != AccessControl.Action.CREATE_BUCKET
                    && namespace.findBucket(call.bucket()).isEmpty()) {
                throw new S3Exception(S3Error.NO_SUCH_BUCKET);
            }
            boolean mayList = access.decide(call.principal(), AccessControl.Action.LIST, call.bucket(), "")
                    == AccessControl.Decision.ALLOWED;
            if (action == AccessControl.Action.READ
                    && mayList
                    && namespace.find(call.path()).isEmpty()) {
                throw new S3Exception(S3Error.NO_SUCH_KEY).with("Key", call.key());
            }
            throw e;
        }
    }

    /** A client can insist on who owns the bucket it talks to (user guide, "Verifying bucket ownership"). */
    private void checkExpectedOwner(Headers headers, String name, String bucket) {
        Optional<String> expected = headers.find(name);
        if (expected.isPresent() && !bucket.isEmpty()) {
            Optional<Bucket> found = namespace.findBucket(bucket);
            if (found.isPresent() && !found.get().owner().equals(expected.get())) {
                throw new S3Exception(S3Error.ACCESS_DENIED);
            }
        }
    }
}
