package io.varve.app.server;

import io.varve.storage.StorageEngine;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** {@code /metrics/storage-v2} for Prometheus, and the store's health beside it. */
@RestController
class MetricsEndpoint {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final ServerMetrics metrics;
    private final StorageEngine engine;
    private final OperatorLogin login;
    private final LiveSettings settings;

    MetricsEndpoint(ServerMetrics metrics, StorageEngine engine, OperatorLogin login, LiveSettings settings) {
        this.metrics = metrics;
        this.engine = engine;
        this.login = login;
        this.settings = settings;
    }

    @GetMapping("/metrics/storage-v2")
    ResponseEntity<String> scrape(
            @RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization,
            HttpServletRequest request) {
        if (settings.now().metrics().login() && !login.admits(authorization, request.getRemoteAddr())) {
            return loginRequired();
        }
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, PROMETHEUS_TEXT)
                .body(metrics.scrape());
    }

    /** 200 if the store takes changes, 503 with the reason if not. */
    @GetMapping("/metrics/storage-v2/health")
    ResponseEntity<?> health(
            @RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization,
            HttpServletRequest request)
            throws IOException {
        if (settings.now().metrics().login() && !login.admits(authorization, request.getRemoteAddr())) {
            return loginRequired();
        }
        Health health = Health.of(engine);
        return ResponseEntity.status(health.status().equals(Health.DOWN) ? 503 : 200)
                .body(health);
    }

    /** 401 with the ways to log in. */
    @SuppressWarnings("unchecked") // The body's type does not matter to a caller that only passes it on.
    private static <T> ResponseEntity<T> loginRequired() {
        ProblemDetail detail = ProblemDetail.forStatusAndDetail(
                HttpStatus.UNAUTHORIZED, "Log in as an administrator, or with the token in the data directory.");
        return (ResponseEntity<T>) ResponseEntity.status(HttpStatus.UNAUTHORIZED)
                .header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"Varve\", charset=\"UTF-8\"")
                .body(detail);
    }
}
