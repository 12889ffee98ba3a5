package io.varve.app.server;

import io.varve.storage.namespace.StorageException;
import org.springframework.http.HttpStatus;

/** What the store refused, as a status of the REST interface. */
final class StorageRefusals {
    private StorageRefusals() {}

    static HttpStatus statusOf(StorageException reason) {
        return switch (reason) {
            case StorageException.NoSuchBucket ignored -> HttpStatus.NOT_FOUND;
            case StorageException.NoSuchEntry ignored -> HttpStatus.NOT_FOUND;
            case StorageException.NoSuchUpload ignored -> HttpStatus.NOT_FOUND;
            case StorageException.OutOfHistory ignored -> HttpStatus.NOT_FOUND;
            case StorageException.BucketExists ignored -> HttpStatus.CONFLICT;
            case StorageException.BucketNotEmpty ignored -> HttpStatus.CONFLICT;
            case StorageException.NoSuchParent ignored -> HttpStatus.CONFLICT;
            case StorageException.KindConflict ignored -> HttpStatus.CONFLICT;
            case StorageException.EntryExists ignored -> HttpStatus.CONFLICT;
            case StorageException.InvalidTarget ignored -> HttpStatus.CONFLICT;
            case StorageException.NoSuchLock ignored -> HttpStatus.CONFLICT;
            case StorageException.InvalidName ignored -> HttpStatus.BAD_REQUEST;
            case StorageException.InvalidPart ignored -> HttpStatus.BAD_REQUEST;
            case StorageException.PartTooSmall ignored -> HttpStatus.BAD_REQUEST;
            case StorageException.AttributesTooLarge ignored -> HttpStatus.BAD_REQUEST;
            case StorageException.PreconditionFailed ignored -> HttpStatus.PRECONDITION_FAILED;
            case StorageException.VersionHeld ignored -> HttpStatus.FORBIDDEN;
            case StorageException.Sealed ignored -> HttpStatus.FORBIDDEN;
            case StorageException.Locked ignored -> HttpStatus.LOCKED;
            case StorageException.QuotaExceeded ignored -> HttpStatus.INSUFFICIENT_STORAGE;
            case StorageException.NoSpace ignored -> HttpStatus.INSUFFICIENT_STORAGE;
            case StorageException.ReadOnly ignored -> HttpStatus.SERVICE_UNAVAILABLE;
            case StorageException.Busy ignored -> HttpStatus.SERVICE_UNAVAILABLE;
            case StorageException.Damaged ignored -> HttpStatus.INTERNAL_SERVER_ERROR;
            case StorageException.Failure ignored -> HttpStatus.INTERNAL_SERVER_ERROR;
        };
    }
}
