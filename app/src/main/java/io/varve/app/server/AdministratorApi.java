package io.varve.app.server;

import io.varve.storage.maintenance.Jobs;
import io.varve.storage.namespace.StorageException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.RequestHeader;

/** What all parts of {@code /api/v1} have in common: they are for administrators only, and errors are problem documents (RFC 9457). */
abstract class AdministratorApi {
    private final OperatorLogin login;

    AdministratorApi(OperatorLogin login) {
        this.login = login;
    }

    /** Runs before every method of an interface. */
    @ModelAttribute
    void requireAdministrator(
            @RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization) {
        if (!login.admits(authorization)) {
            throw new RestApi.LoginRequiredException();
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @ExceptionHandler(RestApi.LoginRequiredException.class)
    ResponseEntity<ProblemDetail> refused() {
        return RestApi.loginRequired();
    }

    @ExceptionHandler(HistoryApi.BadWordException.class)
    ResponseEntity<ProblemDetail> badWord(HistoryApi.BadWordException failure) {
        return HistoryApi.problem(HttpStatus.BAD_REQUEST, failure);
    }

    @ExceptionHandler(Jobs.AlreadyRunningException.class)
    ResponseEntity<ProblemDetail> busy(Jobs.AlreadyRunningException failure) {
        return HistoryApi.problem(HttpStatus.CONFLICT, failure);
    }

    @ExceptionHandler(StorageException.class)
    ResponseEntity<ProblemDetail> failed(StorageException failure) {
        return HistoryApi.problem(StorageRefusals.statusOf(failure), failure);
    }
}
