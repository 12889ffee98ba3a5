package io.varve.app.server;

import io.varve.app.config.LoadedSettings;
import io.varve.app.config.LoadedSettings.Change;
import io.varve.app.config.SettingsException;
import io.varve.app.config.VarveSettings;
import io.varve.storage.DiskCacheFile;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.catalina.connector.Connector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * The settings as they hold now, and how a running server takes over changed ones: all sources are read again; what can change without a
 * restart changes at once, the rest is named. Settings with a mistake in them change nothing. Thread-safe.
 */
final class LiveSettings {
    private static final Logger LOG = LoggerFactory.getLogger(LiveSettings.class);

    private static final String CACHE = "varve.cache.";

    private final LoadedSettings started;
    private final StorageEngine engine;
    private final RequestLog.Rules requestLog;
    private final Consumer<VarveSettings.Audit> audit;
    private volatile LoadedSettings current;
    private volatile Doors doors = new Doors(List.of(), ignored -> {}, Optional::empty);

    /**
     * What listens, known when it does.
     *
     * @param connectors of all doors
     * @param s3Limit takes the number of requests of a user in a second
     * @param certificate looks for a renewed certificate and says what became of it
     */
    record Doors(List<Connector> connectors, IntConsumer s3Limit, Supplier<Optional<String>> certificate) {}

    /**
     * What became of changed settings.
     *
     * @param applied what holds since now
     * @param atRestart what differs from what the server was started with, and waits for its next start
     * @param warnings what looks like a mistake, and what became of a renewed certificate
     */
    record Report(List<Change> applied, List<Change> atRestart, List<String> warnings) {
        /** In a line each. */
        Stream<String> lines() {
            return Stream.of(
                            applied.stream().map(change -> "now: " + text(change)),
                            atRestart.stream().map(change -> "at the next start: " + text(change)),
                            warnings.stream())
                    .flatMap(lines -> lines);
        }

        private static String text(Change change) {
            return change.key() + ": " + shown(change.from()) + " -> " + shown(change.to());
        }

        private static String shown(String text) {
            return text.isEmpty() ? "(nothing)" : text;
        }
    }

    /** @param audit takes what the audit log is to note from now on */
    LiveSettings(
            LoadedSettings started,
            StorageEngine engine,
            RequestLog.Rules requestLog,
            Consumer<VarveSettings.Audit> audit) {
        this.started = started;
        this.current = started;
        this.engine = engine;
        this.requestLog = requestLog;
        this.audit = audit;
        setLog(started.settings().log());
    }

    /** From here on changes reach the doors, too. */
    void reach(Doors listening) {
        doors = listening;
    }

    VarveSettings now() {
        return current.settings();
    }

    /** Every setting with the text that was read last, and what of it waits for a restart. */
    LoadedSettings loaded() {
        return current;
    }

    List<Change> waiting() {
        return current.changesSince(started).stream()
                .filter(change -> !change.live())
                .toList();
    }

    /**
     * Reads the settings again and takes over what can be.
     *
     * @throws SettingsException if anything is wrong with them; nothing has changed then
     * @throws io.varve.storage.namespace.StorageException if the store takes no changes; nothing has changed then
     */
    synchronized Report reload() throws SettingsException {
        LoadedSettings read = current.source().read();
        List<Change> applied =
                read.changesSince(current).stream().filter(Change::live).toList();
        VarveSettings settings = read.settings();
        engine.adjust(ServerConfiguration.engineSettings(settings));
        engine.access().shareBuckets(settings.store().sharedBuckets());
        HttpLimits limits = new HttpLimits(settings.http());
        doors.connectors.forEach(limits::adjust);
        doors.s3Limit.accept(settings.s3().requestsPerSecond());
        setLog(settings.log());
        audit.accept(settings.audit());
        current = read;
        List<String> told = Stream.of(
                        read.warnings().stream(),
                        doors.certificate.get().stream(),
                        changeCache(applied, settings).stream())
                .flatMap(lines -> lines)
                .toList();
        Report report = new Report(applied, waiting(), told);
        LOG.info(
                "Settings were read again; {} took effect, {} wait for a restart.",
                applied.size(),
                waiting().size());
        report.lines().forEach(line -> LOG.info("Setting, {}", line));
        return report;
    }

    /**
     * The disk cache goes on in another size, where its settings changed: what somebody changed for this run alone stays otherwise.
     *
     * @return what went wrong
     */
    private Optional<String> changeCache(List<Change> applied, VarveSettings settings) {
        if (applied.stream().noneMatch(change -> change.key().startsWith(CACHE))) {
            return Optional.empty();
        }
        EngineSettings.DiskCache wanted = settings.diskCache();
        DiskCacheFile cache = engine.diskCache();
        try {
            cache.change(
                    new EngineSettings.DiskCache(
                            wanted.size(), cache.settings().directory(), wanted.policy(), wanted.writeBytes()),
                    settings.io());
            return cache.trouble();
        } catch (IOException e) {
            return Optional.of("The disk cache stays as it was: " + e.getMessage());
        }
    }

    private void setLog(VarveSettings.Log log) {
        LoggingSystem.get(LiveSettings.class.getClassLoader())
                .setLogLevel("io.varve", LogLevel.valueOf(log.level().toUpperCase(Locale.ROOT)));
        requestLog.set(log.slow(), log.requests());
    }
}
