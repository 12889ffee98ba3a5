package io.varve.s3.error;

import io.varve.storage.namespace.StorageException;

/** The S3 error for each reason the store can refuse with: the one place where the two meet. */
public final class StorageRefusals {

    private StorageRefusals() {}

    /**
     * Translates a refusal.
     *
     * @param refusal what the store said
     * @param principal the user of the request, to tell an own bucket from another's
     */
    public static S3Exception translate(StorageException refusal, String principal) {
        return switch (refusal) {
            case StorageException.NoSuchBucket ignored -> new S3Exception(S3Error.NO_SUCH_BUCKET);
            case StorageException.BucketExists exists ->
                new S3Exception(
                        exists.owner().equals(principal)
                                ? S3Error.BUCKET_ALREADY_OWNED_BY_YOU
                                : S3Error.BUCKET_ALREADY_EXISTS);
            case StorageException.BucketNotEmpty ignored -> new S3Exception(S3Error.BUCKET_NOT_EMPTY);
            case StorageException.InvalidName e -> saying(S3Error.INVALID_ARGUMENT, e);
            case StorageException.NoSuchEntry ignored -> new S3Exception(S3Error.NO_SUCH_KEY);
            case StorageException.OutOfHistory e -> saying(S3Error.NO_SUCH_KEY, e);
            case StorageException.NoSuchParent e -> saying(S3Error.INVALID_REQUEST, e);
            case StorageException.KindConflict e -> saying(S3Error.INVALID_REQUEST, e);
            case StorageException.EntryExists ignored -> new S3Exception(S3Error.PRECONDITION_FAILED);
            case StorageException.InvalidTarget e -> saying(S3Error.INVALID_REQUEST, e);
            case StorageException.PreconditionFailed ignored -> new S3Exception(S3Error.PRECONDITION_FAILED);
            case StorageException.Locked e -> saying(S3Error.OBJECT_LOCKED, e);
            case StorageException.VersionHeld e -> saying(S3Error.ACCESS_DENIED, e);
            case StorageException.Sealed e -> saying(S3Error.INVALID_REQUEST, e);
            case StorageException.NoSuchLock e -> saying(S3Error.OBJECT_LOCKED, e);
            case StorageException.NoSuchUpload e -> new S3Exception(S3Error.NO_SUCH_UPLOAD).with("UploadId", e.id());
            case StorageException.InvalidPart e -> saying(S3Error.INVALID_PART, e);
            case StorageException.PartTooSmall e -> saying(S3Error.ENTITY_TOO_SMALL, e);
            case StorageException.AttributesTooLarge e -> saying(S3Error.METADATA_TOO_LARGE, e);
            case StorageException.QuotaExceeded e -> saying(S3Error.QUOTA_EXCEEDED, e);
            case StorageException.NoSpace ignored -> because(S3Error.INSUFFICIENT_STORAGE, refusal);
            case StorageException.Damaged ignored -> because(S3Error.INTERNAL_ERROR, refusal);
            case StorageException.ReadOnly ignored -> because(S3Error.SERVICE_UNAVAILABLE, refusal);
            case StorageException.Busy ignored -> because(S3Error.SLOW_DOWN, refusal);
            case StorageException.Failure ignored -> because(S3Error.INTERNAL_ERROR, refusal);
        };
    }

    /** The store's own words are for the client's user. */
    private static S3Exception saying(S3Error error, StorageException refusal) {
        String message = refusal.getMessage();
        return new S3Exception(error, message == null ? error.message() : message);
    }

    /** The client is told the kind of trouble; the details are for the server's log. */
    private static S3Exception because(S3Error error, StorageException refusal) {
        return new S3Exception(error, error.message(), refusal);
    }
}
