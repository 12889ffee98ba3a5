package io.varve.app.server;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.varve.app.console.AuditTrail;
import io.varve.storage.AtRest;
import io.varve.storage.KeyRotation;
import io.varve.storage.StorageEngine;
import io.varve.storage.StoreStatistics;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.maintenance.Upkeep;
import io.varve.storage.sealing.KeyRing;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1}: the operator's interface. For administrators only; errors are problem documents (RFC 9457). */
@RestController
@RequestMapping("/api/v1")
class RestApi extends AdministratorApi {
    private final StorageEngine engine;
    private final AuditTrail audit;

    RestApi(StorageEngine engine, AuditTrail audit) {
        super(engine.access());
        this.engine = engine;
        this.audit = audit;
    }

    /**
     * The store's figures.
     *
     * @param clearBytes what segments, journal and checkpoints hold in clear
     * @param sealedBytes what they hold encrypted
     */
    record Figures(@JsonUnwrapped StoreStatistics store, long clearBytes, long sealedBytes) {}

    @GetMapping("/stats")
    Figures stats() throws IOException {
        AtRest.Stored encrypted = engine.encrypted();
        return new Figures(engine.statistics(), encrypted.clearBytes(), encrypted.sealedBytes());
    }

    /**
     * Encryption at rest.
     *
     * @param on whether what is written is encrypted
     * @param clearBytes what segments, journal and checkpoints hold in clear
     * @param sealedBytes what they hold encrypted
     * @param keys the master keys, the oldest first
     */
    record Encryption(boolean on, long clearBytes, long sealedBytes, List<MasterKeyInfo> keys) {}

    /**
     * A master key.
     *
     * @param file its name in the directory of keys
     * @param id tells keys apart, and nothing about them
     * @param needed whether files may be encrypted under it
     * @param present whether it is there
     */
    record MasterKeyInfo(String file, String id, boolean needed, boolean present) {}

    /** How the store is encrypted. */
    @GetMapping("/encryption")
    Encryption encryption() throws IOException {
        AtRest.Stored stored = engine.encrypted();
        KeyRotation.Keys keys = engine.masterKeys();
        Set<KeyRing.Generation> all = new LinkedHashSet<>(keys.present());
        all.addAll(keys.needed());
        List<MasterKeyInfo> told = all.stream()
                .map(key -> new MasterKeyInfo(
                        key.file(),
                        key.id(),
                        keys.needed().contains(key),
                        keys.present().contains(key)))
                .toList();
        return new Encryption(engine.encryptsAtRest(), stored.clearBytes(), stored.sealedBytes(), told);
    }

    /**
     * The tiers.
     *
     * @param tiers each of them, the hot one first
     * @param waiting records that the next round brings back
     * @param ended when the last round of moves ended; null if none has since the start
     * @param stopped why it ended moves to a tier early, if it did
     */
    record TierStatus(
            List<TierMoves.Place> tiers,
            int waiting,
            @Nullable Instant ended,
            List<String> stopped) {}

    @GetMapping("/tiers")
    TierStatus tiers() throws IOException {
        TierMoves moves = engine.tiers();
        return new TierStatus(moves.places(), moves.wanted(), moves.lastEnded().orElse(null), moves.stopped());
    }

    @PostMapping("/settle")
    Upkeep.Report settle(@RequestParam(name = "expire-now", defaultValue = "false") boolean expireNow)
            throws IOException {
        Upkeep.Report report = engine.settle(expireNow);
        audit.putAside();
        return report;
    }

    @ExceptionHandler(IOException.class)
    ResponseEntity<ProblemDetail> failed(IOException failure) {
        return problem(HttpStatus.SERVICE_UNAVAILABLE, "The store could not do it: " + failure.getMessage());
    }
}
