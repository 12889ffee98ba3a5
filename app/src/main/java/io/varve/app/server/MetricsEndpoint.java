package io.varve.app.server;

import io.varve.app.config.VarveSettings;
import io.varve.storage.StorageEngine;
import io.varve.storage.io.Mirror;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
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
    private final boolean loginNeeded;

    MetricsEndpoint(ServerMetrics metrics, StorageEngine engine, OperatorLogin login, VarveSettings settings) {
        this.metrics = metrics;
        this.engine = engine;
        this.login = login;
        this.loginNeeded = settings.metrics().login();
    }

    @GetMapping("/metrics/storage-v2")
    ResponseEntity<String> scrape(
            @RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization) {
        if (loginNeeded && !login.admits(authorization)) {
            return RestApi.loginRequired();
        }
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, PROMETHEUS_TEXT)
                .body(metrics.scrape());
    }

    /** 200 if the store takes changes, 503 with the reason if not. */
    @GetMapping("/metrics/storage-v2/health")
    ResponseEntity<?> health(
            @RequestHeader(name = HttpHeaders.AUTHORIZATION, required = false) @Nullable String authorization)
            throws IOException {
        if (loginNeeded && !login.admits(authorization)) {
            return RestApi.loginRequired();
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        var refusal = engine.refusal();
        boolean space = engine.hasSpace();
        boolean mirrored = engine.mirrorState()
                .filter(state -> state == Mirror.State.STALE)
                .isEmpty();
        long damaged = engine.damagedChunks();
        List<String> stopped = engine.tiers().stopped();
        Optional<String> cache = engine.diskCache().trouble();
        boolean well = cache.isEmpty() && space && mirrored && damaged == 0 && stopped.isEmpty();
        answer.put("status", refusal.isPresent() ? "DOWN" : well ? "UP" : "DEGRADED");
        refusal.ifPresent(reason -> answer.put("reason", reason));
        if (refusal.isEmpty() && !space) {
            answer.put("reason", "The disk is as good as full: reading and deleting work, writing is refused.");
        } else if (refusal.isEmpty() && damaged > 0) {
            answer.put("reason", damaged + " chunks are damaged: ./varve scrub names the files.");
        } else if (refusal.isEmpty() && !mirrored) {
            answer.put("reason", "The mirror is stale: what is written now lies in one place only.");
        } else if (refusal.isEmpty() && !stopped.isEmpty()) {
            answer.put("reason", String.join(" ", stopped));
        } else if (refusal.isEmpty() && cache.isPresent()) {
            answer.put("reason", cache.get());
        }
        return ResponseEntity.status(refusal.isPresent() ? 503 : 200).body(answer);
    }
}
