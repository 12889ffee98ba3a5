package io.varve.app.server;

import io.varve.app.console.ShareLinks;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessControl.Decision;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.PasswordsBusyException;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;

/**
 * What all parts of {@code /api/v1} have in common: {@link ApiDoor} has found out who asks, {@link AccessControl} decides what for, and
 * errors are problem documents (RFC 9457).
 */
abstract class UserApi {
    /** After how long to try again where too many passwords are being checked; they wait no longer than twice that. */
    private static final int BUSY_SECONDS = 5;

    private final AccessControl access;

    UserApi(AccessControl access) {
        this.access = access;
    }

    /** The caller has no right for it. */
    static final class ForbiddenException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ForbiddenException(String message) {
            super(message);
        }
    }

    /** Something that is named is not there. */
    static final class AbsentException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        AbsentException(String message) {
            super(message);
        }
    }

    static ApiDoor.Caller caller() {
        return ApiDoor.CALLER.get();
    }

    static Principal user() {
        return caller().principal();
    }

    boolean isAdministrator() {
        return access.decide(user(), Action.ADMINISTER, "", "") == Decision.ALLOWED;
    }

    /** Whether the caller may do that there; what is done to a folder is done to all it holds. */
    boolean allows(Action action, EntryPath path) {
        boolean all =
                path.isDirectory() && (action == Action.READ || action == Action.WRITE || action == Action.DELETE);
        Decision decision = all
                ? access.decideBelow(user(), action, path.bucket(), path.key())
                : access.decide(user(), action, path.bucket(), path.key());
        return decision == Decision.ALLOWED;
    }

    /** Insists that the caller may do that there. */
    void require(Action action, EntryPath path) {
        if (!allows(action, path)) {
            throw new ForbiddenException("The user '" + user().name() + "' has no right for this on '" + path + "'.");
        }
    }

    /** An attempt that is not looked at, since too many before it were wrong. */
    static ResponseEntity<ProblemDetail> locked(Duration left) {
        long seconds = left.toSeconds() + 1;
        return later(
                HttpStatus.TOO_MANY_REQUESTS,
                seconds,
                "Too many wrong passwords: try again in " + seconds + " seconds.");
    }

    private static ResponseEntity<ProblemDetail> later(HttpStatus status, long seconds, String detail) {
        return ResponseEntity.status(status)
                .header(HttpHeaders.RETRY_AFTER, Long.toString(seconds))
                .body(ProblemDetail.forStatusAndDetail(status, detail));
    }

    static ResponseEntity<ProblemDetail> problem(HttpStatus status, String detail) {
        return ResponseEntity.status(status).body(ProblemDetail.forStatusAndDetail(status, detail));
    }

    @ExceptionHandler(ForbiddenException.class)
    ResponseEntity<ProblemDetail> forbidden(ForbiddenException failure) {
        return HistoryApi.problem(HttpStatus.FORBIDDEN, failure);
    }

    @ExceptionHandler(AbsentException.class)
    ResponseEntity<ProblemDetail> absent(AbsentException failure) {
        return HistoryApi.problem(HttpStatus.NOT_FOUND, failure);
    }

    @ExceptionHandler(HistoryApi.BadWordException.class)
    ResponseEntity<ProblemDetail> badWord(HistoryApi.BadWordException failure) {
        return HistoryApi.problem(HttpStatus.BAD_REQUEST, failure);
    }

    @ExceptionHandler(ShareLinks.TooManyLinksException.class)
    ResponseEntity<ProblemDetail> tooMany(ShareLinks.TooManyLinksException failure) {
        return HistoryApi.problem(HttpStatus.CONFLICT, failure);
    }

    @ExceptionHandler(Jobs.AlreadyRunningException.class)
    ResponseEntity<ProblemDetail> busy(Jobs.AlreadyRunningException failure) {
        return HistoryApi.problem(HttpStatus.CONFLICT, failure);
    }

    @ExceptionHandler(PasswordsBusyException.class)
    ResponseEntity<ProblemDetail> busy(PasswordsBusyException failure) {
        return later(HttpStatus.SERVICE_UNAVAILABLE, BUSY_SECONDS, String.valueOf(failure.getMessage()));
    }

    @ExceptionHandler(StorageException.class)
    ResponseEntity<ProblemDetail> failed(StorageException failure) {
        return HistoryApi.problem(StorageRefusals.statusOf(failure), failure);
    }
}
