package io.varve.app.server;

import io.varve.app.config.LoadedSettings;
import io.varve.app.config.SettingsException;
import io.varve.storage.StorageEngine;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1/config}: the settings of the running server. For administrators only. */
@RestController
@RequestMapping("/api/v1/config")
class ConfigApi extends AdministratorApi {
    private final LiveSettings live;

    /**
     * The settings as they were read last.
     *
     * @param atRestart what of them waits for the next start
     */
    record Settings(List<LoadedSettings.Effective> settings, List<LoadedSettings.Change> atRestart) {}

    ConfigApi(StorageEngine engine, LiveSettings live) {
        super(engine.access());
        this.live = live;
    }

    @GetMapping
    Settings settings() {
        return new Settings(live.loaded().effective(), live.waiting());
    }

    @PostMapping("/reload")
    LiveSettings.Report reload() throws SettingsException {
        LiveSettings.Report report = live.reload();
        report.lines().forEach(caller()::note);
        return report;
    }

    @ExceptionHandler(SettingsException.class)
    ResponseEntity<ProblemDetail> wrong(SettingsException failure) {
        return HistoryApi.problem(HttpStatus.UNPROCESSABLE_CONTENT, failure);
    }
}
