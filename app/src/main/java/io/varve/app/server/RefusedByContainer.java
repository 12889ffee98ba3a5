package io.varve.app.server;

import jakarta.servlet.RequestDispatcher;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * What the container refuses before a controller sees it, such as a query that is no UTF-8, answered as every other error is: by a problem
 * document (RFC 9457). Thread-safe.
 */
@RestController
class RefusedByContainer implements ErrorController {

    /**
     * Where the container hands errors on to.
     *
     * @param code the status it would answer with; null if somebody asks for this by its address, where nothing is
     */
    @RequestMapping("/error")
    ResponseEntity<ProblemDetail> refused(
            @RequestAttribute(name = RequestDispatcher.ERROR_STATUS_CODE, required = false) @Nullable Integer code) {
        if (code == null) {
            return UserApi.problem(HttpStatus.NOT_FOUND, "Nothing is here.");
        }
        HttpStatus known = HttpStatus.resolve(code);
        HttpStatus status = known == null ? HttpStatus.INTERNAL_SERVER_ERROR : known;
        String detail = status.is5xxServerError() ? "The request failed." : "The request cannot be served as it came.";
        return UserApi.problem(status, detail);
    }
}
