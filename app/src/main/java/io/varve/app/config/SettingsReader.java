package io.varve.app.config;

import io.varve.storage.EngineSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the settings from flags, environment and file, in this order of precedence, and checks them all
 * before it gives up, so that one start shows every mistake. An unknown key in a flag or the
 * file is an error; in the environment it is only a warning, because Kubernetes puts
 * {@code VARVE_PORT=tcp://…} and its relatives there when a service is called "varve".
 */
public final class SettingsReader {

    /** The file's own flag; not a setting of the file itself. */
    private static final String CONFIG = "varve.config";

    private static final String CONFIG_ENVIRONMENT = "VARVE_CONFIG";

    private static final String FILE_NAME = "varve.yml";

    /** Names the launcher script understands; the program itself has no use for them. */
    private static final List<String> LAUNCHER_NAMES = List.of("VARVE_JAVA_OPTS");

    /** A text for a key, and where it stood. */
    private record Said(String text, String origin) {}

    private final Map<String, String> environment;
    private final Path workingDirectory;
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Map<String, SettingKey<?>> keys = new TreeMap<>();
    private final Map<String, Said> said = new HashMap<>();

    private SettingsReader(Map<String, String> environment, Path workingDirectory) {
        this.environment = environment;
        this.workingDirectory = workingDirectory;
        SettingKey.all().forEach(key -> keys.put(key.name(), key));
    }

    /**
     * Reads all sources.
     *
     * @param flags {@code --key=value} or {@code --key value}, with or without the prefix {@code varve.}
     * @param environment the process environment
     * @param workingDirectory where {@code varve.yml} is looked for and relative paths begin
     * @throws SettingsException if anything is wrong; nothing has been changed anywhere
     */
    public static LoadedSettings read(List<String> flags, Map<String, String> environment, Path workingDirectory)
            throws SettingsException {
        Path directory = workingDirectory.toAbsolutePath().normalize();
        return new SettingsReader(environment, directory).read(flags);
    }

    private LoadedSettings read(List<String> flags) throws SettingsException {
        Map<String, Said> fromFlags = readFlags(flags);
        Said config = fromFlags.remove(CONFIG);
        // The weakest source first: what comes later replaces it.
        readFile(config);
        readEnvironment();
        said.putAll(fromFlags);

        VarveSettings settings = settings();
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        return new LoadedSettings(
                settings,
                effective(),
                List.copyOf(warnings),
                secrets(),
                new SettingsSource(flags, environment, workingDirectory));
    }

    // ---- sources

    private Map<String, Said> readFlags(List<String> flags) {
        Map<String, Said> found = new LinkedHashMap<>();
        for (int i = 0; i < flags.size(); i++) {
            String flag = flags.get(i);
            if (!flag.startsWith("--")) {
                problems.add("'" + flag + "' is not understood; settings are given as --key=value.");
                continue;
            }
            int equals = flag.indexOf('=');
            String name = flag.substring(2, equals < 0 ? flag.length() : equals);
            String key = name.startsWith(SettingKey.PREFIX) ? name : SettingKey.PREFIX + name;
            if (!keys.containsKey(key) && !key.equals(CONFIG)) {
                problems.add("--" + name + " is not a setting; the nearest is --" + nearestFlag(key) + ".");
            } else if (equals >= 0) {
                found.put(key, new Said(flag.substring(equals + 1), "--" + name));
            } else if (i + 1 < flags.size() && !flags.get(i + 1).startsWith("--")) {
                i++;
                found.put(key, new Said(flags.get(i), "--" + name));
            } else {
                problems.add("--" + name + " needs a value: --" + name + "=…");
            }
        }
        return found;
    }

    private String nearestFlag(String key) {
        return NearestName.of(key, keys.keySet()).substring(SettingKey.PREFIX.length());
    }

    private void readFile(@Nullable Said flag) {
        String named = flag != null ? flag.text() : environment.getOrDefault(CONFIG_ENVIRONMENT, "");
        Path file = workingDirectory.resolve(named.isEmpty() ? FILE_NAME : named);
        if (named.isEmpty() && !Files.exists(file)) {
            return;
        }
        for (SettingsFile.Line line : SettingsFile.read(file, problems)) {
            String origin = file + " line " + line.line();
            if (!keys.containsKey(line.key())) {
                problems.add(origin + ": " + line.key() + " is not a setting; the nearest is "
                        + NearestName.of(line.key(), keys.keySet()) + ".");
                continue;
            }
            Said before = said.put(line.key(), new Said(line.text(), origin));
            if (before != null) {
                problems.add(origin + ": " + line.key() + " was set before, at " + before.origin() + ".");
            }
        }
    }

    private void readEnvironment() {
        Map<String, SettingKey<?>> byName =
                keys.values().stream().collect(Collectors.toMap(SettingKey::environmentName, key -> key));
        new TreeMap<>(environment).forEach((name, text) -> {
            SettingKey<?> key = byName.get(name);
            if (key != null && text.startsWith("tcp://") && key.kind().equals(ValueKind.PORT)) {
                warnings.add(name + "=" + text + " comes from Kubernetes and is ignored;"
                        + " set enableServiceLinks: false, or use the flag --" + key.flagName() + ".");
            } else if (key != null && !text.isEmpty()) {
                said.put(key.name(), new Said(text, name));
            } else if (key == null && isUnknown(name)) {
                warnings.add(name + " is not a setting and is ignored; the nearest is "
                        + NearestName.of(name, byName.keySet()) + ".");
            }
        });
    }

    private static boolean isUnknown(String name) {
        return name.startsWith("VARVE_") && !name.equals(CONFIG_ENVIRONMENT) && !LAUNCHER_NAMES.contains(name);
    }

    // ---- values

    private VarveSettings settings() {
        VarveSettings settings = new VarveSettings(
                workingDirectory.resolve(value(SettingKey.DATA_DIR)).normalize(),
                value(SettingKey.BIND),
                value(SettingKey.PORT),
                value(SettingKey.DAV_DIGEST),
                s3(),
                new VarveSettings.Root(value(SettingKey.ROOT_USER), value(SettingKey.ROOT_PASSWORD)),
                new VarveSettings.Store(
                        value(SettingKey.STORE_CHUNKING),
                        value(SettingKey.STORE_HISTORY),
                        value(SettingKey.STORE_FREE_SPACE_RESERVE),
                        value(SettingKey.STORE_SHARED_BUCKETS)),
                new VarveSettings.Memory(
                        value(SettingKey.MEMORY_INGEST),
                        value(SettingKey.MEMORY_PREFETCH),
                        value(SettingKey.MEMORY_CACHE),
                        value(SettingKey.MEMORY_METADATA)),
                new VarveSettings.Background(
                        value(SettingKey.BACKGROUND_INTERVAL),
                        value(SettingKey.BACKGROUND_COMPACT_BELOW),
                        value(SettingKey.BACKGROUND_RATE),
                        value(SettingKey.BACKGROUND_REENCODE_AFTER),
                        value(SettingKey.BACKGROUND_CHAIN_DEPTH)),
                safety(),
                tiers(),
                new EngineSettings.DiskCache(
                        value(SettingKey.CACHE_SIZE),
                        absolute(value(SettingKey.CACHE_DIR)),
                        value(SettingKey.CACHE_POLICY),
                        value(SettingKey.CACHE_WRITE_MEMORY)),
                absolute(value(SettingKey.METADATA_DIR)),
                new EngineSettings.Encryption(
                        value(SettingKey.ENCRYPTION_AT_REST), absolute(value(SettingKey.KEYS_DIR))),
                value(SettingKey.IO_ENGINE),
                new VarveSettings.Http(
                        value(SettingKey.HTTP_IDLE_TIMEOUT),
                        value(SettingKey.HTTP_CONNECTIONS_MAX),
                        value(SettingKey.HTTP_HEADER_SIZE_MAX),
                        value(SettingKey.HTTP_TRUSTED_PROXIES),
                        value(SettingKey.HTTP_STOP_GRACE)),
                tls(),
                new VarveSettings.Metrics(
                        value(SettingKey.METRICS_LOGIN),
                        value(SettingKey.METRICS_OTLP_URL),
                        value(SettingKey.METRICS_OTLP_INTERVAL),
                        value(SettingKey.METRICS_OTLP_AUTHORIZATION)),
                new VarveSettings.Log(
                        value(SettingKey.LOG_LEVEL),
                        value(SettingKey.LOG_FORMAT),
                        value(SettingKey.LOG_SLOW),
                        value(SettingKey.LOG_REQUESTS)),
                audit(),
                value(SettingKey.WARM_UP));
        requireFitting(settings);
        return settings;
    }

    private VarveSettings.S3 s3() {
        return new VarveSettings.S3(
                value(SettingKey.S3_PORT),
                value(SettingKey.S3_DOMAIN),
                value(SettingKey.S3_WEBSITE_DOMAIN),
                value(SettingKey.S3_REGION),
                value(SettingKey.S3_UPLOADS_KEPT),
                value(SettingKey.LIFECYCLE_DAY),
                value(SettingKey.S3_REQUESTS_PER_SECOND),
                value(SettingKey.S3_SIGNATURE_V2),
                value(SettingKey.S3_WEBHOOK),
                value(SettingKey.S3_WEBHOOK_TOKEN));
    }

    /** What each setting allows by itself, but not two of them together. */
    private void requireFitting(VarveSettings settings) {
        if (settings.port() != 0 && settings.port() == settings.s3().port()) {
            problems.add("varve.port and varve.s3.port are both " + settings.port() + "; give them different ports.");
        }
        if (settings.root().user().isEmpty() != settings.root().password().isEmpty()) {
            problems.add((settings.root().user().isEmpty() ? "varve.root.user" : "varve.root.password")
                    + " is missing; set user and password together, or neither to have them made.");
        }
    }

    private VarveSettings.Safety safety() {
        return new VarveSettings.Safety(
                value(SettingKey.CHECKPOINT_INTERVAL),
                absolute(value(SettingKey.CHECKPOINT_COPY_DIR)),
                value(SettingKey.SCRUB_INTERVAL),
                value(SettingKey.SCRUB_RATE),
                absolute(value(SettingKey.MIRROR_DIR)),
                value(SettingKey.MIRROR_TIMEOUT));
    }

    private VarveSettings.Audit audit() {
        Set<String> doors = value(SettingKey.AUDIT_DOORS);
        return new VarveSettings.Audit(doors.contains("dav"), doors.contains("s3"), value(SettingKey.AUDIT_FILES_SIZE));
    }

    private Optional<VarveSettings.Tls> tls() {
        Optional<Path> certificate = absolute(value(SettingKey.TLS_CERTIFICATE));
        Optional<Path> key = absolute(value(SettingKey.TLS_KEY));
        if (certificate.isPresent() != key.isPresent()) {
            problems.add((key.isPresent() ? SettingKey.TLS_CERTIFICATE : SettingKey.TLS_KEY).name()
                    + " is missing; TLS needs certificate and key.");
        }
        return certificate.flatMap(file -> key.map(secret -> new VarveSettings.Tls(file, secret)));
    }

    private EngineSettings.Tiers tiers() {
        return new EngineSettings.Tiers(
                absolute(value(SettingKey.TIERS_WARM_DIR)),
                absolute(value(SettingKey.TIERS_COLD_DIR)),
                value(SettingKey.TIERS_HOT_MAX),
                value(SettingKey.TIERS_WARM_MAX),
                value(SettingKey.TIERS_IDLE_AFTER),
                value(SettingKey.TIERS_INTERVAL),
                value(SettingKey.TIERS_STEP));
    }

    private Optional<Path> absolute(Optional<Path> path) {
        return path.map(relative -> workingDirectory.resolve(relative).normalize());
    }

    private <T> T value(SettingKey<T> key) {
        Said found = said.get(key.name());
        if (found != null) {
            var value = key.kind().parser().apply(found.text());
            if (value.isPresent()) {
                return value.get();
            }
            String shown = key.kind().equals(ValueKind.SECRET) ? "the value" : "'" + found.text() + "'";
            problems.add(
                    found.origin() + ": " + shown + " is not " + key.kind().description() + " (" + key.name() + ").");
        }
        return key.kind().parser().apply(key.defaultText()).orElseThrow();
    }

    private List<LoadedSettings.Effective> effective() {
        return SettingKey.all().stream().map(this::effective).toList();
    }

    private LoadedSettings.Effective effective(SettingKey<?> key) {
        Said found = said.getOrDefault(key.name(), new Said(key.defaultText(), "default"));
        String shown = key.kind().equals(ValueKind.SECRET) ? new Secret(found.text()).toString() : found.text();
        return new LoadedSettings.Effective(key.name(), shown, found.origin(), key.isLive());
    }

    private Map<String, Secret> secrets() {
        return SettingKey.all().stream()
                .filter(key -> key.kind().equals(ValueKind.SECRET))
                .collect(Collectors.toUnmodifiableMap(
                        SettingKey::name,
                        key -> new Secret(
                                said.getOrDefault(key.name(), new Said("", "")).text())));
    }
}
