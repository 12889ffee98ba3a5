package io.varve.webdav;

import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import java.util.Optional;

/**
 * Why a request was not done, in HTTP's words.
 *
 * @param status the HTTP status
 * @param message for the user: what is wrong, and what to do
 * @param condition the code RFC 4918 (section 16) gives the reason; empty if it has none
 * @param about the entry the code's href names; empty if it names none
 */
record Refusal(int status, String message, String condition, Optional<EntryPath> about) {

    /** RFC 4918's status for a lock in the way. */
    static final int LOCKED = 423;

    /** RFC 4918's status for a change that failed because another one did. */
    static final int FAILED_DEPENDENCY = 424;

    /** RFC 4918's status for a full store. */
    static final int NO_SPACE = 507;

    /** RFC 4918's code for a lock whose token the request did not bring. */
    static final String TOKEN_MISSING = "lock-token-submitted";

    static Refusal of(int status, String message) {
        return new Refusal(status, message, "", Optional.empty());
    }

    static Refusal of(int status, String message, String condition) {
        return new Refusal(status, message, condition, Optional.empty());
    }

    /** What the store refused, as a status. */
    static Refusal of(StorageException reason) {
        String message = String.valueOf(reason.getMessage());
        return switch (reason) {
            case StorageException.NoSuchBucket noSuchBucket -> of(404, message);
            case StorageException.NoSuchEntry noSuchEntry -> of(404, message);
            case StorageException.OutOfHistory outOfHistory -> of(404, message);
            case StorageException.NoSuchUpload noSuchUpload -> of(404, message);
            case StorageException.NoSuchParent noSuchParent -> of(409, message);
            case StorageException.BucketNotEmpty bucketNotEmpty -> of(409, message);
            case StorageException.KindConflict kindConflict -> of(409, message);
            case StorageException.BucketExists bucketExists -> of(405, message);
            case StorageException.InvalidName invalidName -> of(403, message);
            case StorageException.InvalidTarget invalidTarget -> of(403, message);
            case StorageException.EntryExists entryExists -> of(412, message);
            case StorageException.PreconditionFailed preconditionFailed -> of(412, message);
            case StorageException.Locked locked ->
                new Refusal(LOCKED, message, TOKEN_MISSING, Optional.of(locked.path()));
            case StorageException.VersionHeld versionHeld -> of(403, message);
            case StorageException.Sealed sealed -> of(403, message);
            case StorageException.NoSuchLock noSuchLock -> of(409, message, "lock-token-matches-request-uri");
            case StorageException.InvalidPart invalidPart -> of(400, message);
            case StorageException.PartTooSmall partTooSmall -> of(400, message);
            case StorageException.AttributesTooLarge attributesTooLarge -> of(NO_SPACE, message);
            case StorageException.QuotaExceeded quotaExceeded -> of(NO_SPACE, message, "quota-not-exceeded");
            case StorageException.NoSpace noSpace -> of(NO_SPACE, message);
            case StorageException.ReadOnly readOnly -> of(503, message);
            case StorageException.Busy busy -> of(503, message);
            case StorageException.Damaged damaged -> of(500, message);
            case StorageException.Failure failure -> of(500, message);
        };
    }
}
