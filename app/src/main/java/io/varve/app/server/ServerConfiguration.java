package io.varve.app.server;

import io.varve.app.config.LoadedSettings;
import io.varve.app.config.VarveSettings;
import io.varve.app.console.AuditLog;
import io.varve.app.console.AuditTrail;
import io.varve.app.console.ConsoleAssets;
import io.varve.app.console.Machine;
import io.varve.app.console.Sessions;
import io.varve.app.console.ShareLinks;
import io.varve.app.console.Throughput;
import io.varve.s3.S3Servlet;
import io.varve.s3.S3Settings;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import io.varve.storage.chunking.ChunkingParameters;
import io.varve.webdav.DavServlet;
import io.varve.webdav.DavSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.WebMvcObservationAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.filter.RequestContextFilter;

/**
 * Everything between the engine and the doors, each part declared once. Settings, clock, metrics and the engine itself are there
 * before: {@link VarveServer} opens the engine first, so that a store that cannot be opened is told without a container around it.
 */
@Configuration(proxyBeanMethods = false)
// The doors count and time their requests themselves; Spring's observation of each cost a tenth of a small GET.
@EnableAutoConfiguration(exclude = WebMvcObservationAutoConfiguration.class)
@Import({
    MetricsEndpoint.class,
    RestApi.class,
    HistoryApi.class,
    RetentionApi.class,
    TtlApi.class,
    FilesApi.class,
    ArchiveApi.class,
    ImportsApi.class,
    JobsApi.class,
    CacheApi.class,
    SessionApi.class,
    UsersApi.class,
    BucketRightsApi.class,
    BucketsApi.class,
    FileChangesApi.class,
    KnownFilesApi.class,
    SearchApi.class,
    SharesApi.class,
    OverviewApi.class,
    ActivityApi.class,
    ServerApi.class,
    ConfigApi.class,
    RefusedByContainer.class,
    ConsolePage.class
})
class ServerConfiguration {

    /** Reading further ahead than this helps nobody. */
    private static final long PREFETCH_BYTES_MAX = 256 << 20;

    /** What the log of administration keeps. */
    private static final long ADMINISTRATION_BYTES_MAX = 64 << 20;

    /** Bodies of refused requests are read up to this, so that a client that is still sending sees the answer. */
    private static final int SWALLOW_BYTES_MAX = 32 << 20;

    static EngineSettings engineSettings(VarveSettings settings) {
        Optional<EngineSettings.RootUser> root = settings.root().user().isEmpty()
                ? Optional.empty()
                : Optional.of(new EngineSettings.RootUser(
                        settings.root().user(), settings.root().password().value()));
        return new EngineSettings(
                settings.dataDir(),
                ChunkingParameters.parse(settings.store().chunking()),
                root,
                settings.store().history(),
                settings.store().freeSpaceReserveBytes(),
                memory(settings.memory()),
                new EngineSettings.Background(
                        settings.background().interval(),
                        settings.background().compactBelow(),
                        settings.background().bytesPerSecond(),
                        settings.background().reencodeAfter(),
                        settings.background().chainDepth(),
                        settings.s3().uploadsKept(),
                        settings.s3().lifecycleDay()),
                new EngineSettings.Safety(
                        settings.safety().checkpointInterval(),
                        settings.safety().checkpointCopies(),
                        settings.safety().scrubInterval(),
                        settings.safety().scrubBytesPerSecond(),
                        settings.safety().mirror(),
                        settings.safety().mirrorTimeout()),
                settings.tiers(),
                settings.diskCache(),
                settings.metadataDir(),
                settings.encryption(),
                settings.io());
    }

    private static EngineSettings.Memory memory(VarveSettings.Memory shares) {
        long percent = Runtime.getRuntime().maxMemory() / 100;
        return new EngineSettings.Memory(
                shares.ingestPercent() * percent,
                Math.toIntExact(Math.min(shares.prefetchPercent() * percent, PREFETCH_BYTES_MAX)),
                shares.cachePercent() * percent,
                shares.metadataBytes());
    }

    @Bean
    HttpLimits httpLimits(VarveSettings settings) {
        return new HttpLimits(settings.http());
    }

    @Bean
    WebServerFactoryCustomizer<TomcatWebServerFactory> requestLog(
            VarveSettings settings, RequestLog.Rules rules, Activity activity, AuditedDoors audited) {
        return factory -> factory.addEngineValves(
                new ForwardedFor(settings.http().trustedProxies()),
                new RequestLog(Door.WEB, rules),
                new RequestWatch(Answered::web, List.of(activity, audited)),
                new DirectAnswers());
    }

    @Bean
    TlsFiles tlsFiles(VarveSettings settings) {
        return new TlsFiles(settings.tls());
    }

    @Bean
    WebServerFactoryCustomizer<TomcatWebServerFactory> rawRequests(HttpLimits limits, TlsFiles tls) {
        return factory -> {
            factory.setProtocol(PatientProtocol.class.getName());
            factory.addConnectorCustomizers(connector -> {
                limits.apply(connector);
                tls.apply(connector);
                connector.setEncodedSolidusHandling("passthrough");
                connector.setEncodedReverseSolidusHandling("passthrough");
                if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> http) {
                    http.setRelaxedPathChars("\"<>[\\]^`{|}");
                    http.setRelaxedQueryChars("\"<>[\\]^`{|}");
                    http.setContinueResponseTiming("onRead");
                    http.setMaxSwallowSize(SWALLOW_BYTES_MAX);
                }
            });
        };
    }

    /** Nothing outside of Spring's own servlet asks for the request of a thread. */
    @Bean
    FilterRegistrationBean<RequestContextFilter> noRequestContext() {
        FilterRegistrationBean<RequestContextFilter> none = new FilterRegistrationBean<>(new RequestContextFilter());
        none.setEnabled(false);
        return none;
    }

    @Bean
    DavServlet davServlet(StorageEngine engine, ServerMetrics metrics, InstantSource clock, VarveSettings settings) {
        return new DavServlet(
                engine.namespace(),
                engine.access(),
                () -> freeBytes(engine),
                metrics.registry(),
                clock,
                DavSettings.DEFAULT.withDigestLogins(settings.davDigest()));
    }

    /** Also the way of files through the REST interface, for whom {@link ApiDoor} let in. */
    @Bean
    ServletRegistrationBean<DavServlet> davDoor(DavServlet servlet) {
        ServletRegistrationBean<DavServlet> registration =
                new ServletRegistrationBean<>(servlet, "/dav/*", "/remote.php/dav/*", "/api/v1/content/*");
        registration.setName("dav");
        return registration;
    }

    @Bean
    ServletRegistrationBean<ShareDoor> shareDoor(ShareLinks links, DavServlet servlet) {
        ServletRegistrationBean<ShareDoor> registration =
                new ServletRegistrationBean<>(new ShareDoor(links, servlet), ShareDoor.PATH + "*");
        registration.setName("share");
        return registration;
    }

    @Bean
    FilterRegistrationBean<ApiDoor> apiDoor(
            StorageEngine engine, OperatorLogin login, Sessions sessions, AuditTrail audit) {
        FilterRegistrationBean<ApiDoor> registration =
                new FilterRegistrationBean<>(new ApiDoor(engine.access(), login, sessions, audit));
        registration.addUrlPatterns("/api/v1/*");
        return registration;
    }

    @Bean
    Sessions sessions(InstantSource clock) {
        return new Sessions(clock);
    }

    @Bean
    AuditTrail auditTrail(VarveSettings settings, InstantSource clock, ServerMetrics metrics) {
        Path directory = settings.dataDir().resolve("audit");
        return new AuditTrail(
                new AuditLog(directory, "audit.log", ADMINISTRATION_BYTES_MAX),
                new AuditLog(directory, "files.log", settings.audit().filesBytesMax()),
                clock,
                metrics.registry());
    }

    @Bean
    AuditedDoors auditedDoors(VarveSettings settings, AuditTrail trail) {
        return new AuditedDoors(trail, audited(settings.audit()));
    }

    /** The doors whose changes of files are noted. */
    static Set<Door> audited(VarveSettings.Audit audit) {
        Set<Door> doors = EnumSet.noneOf(Door.class);
        if (audit.dav()) {
            doors.add(Door.DAV);
        }
        if (audit.s3()) {
            doors.add(Door.S3);
        }
        return doors;
    }

    @Bean
    Throughput throughput(ServerMetrics metrics) {
        return new Throughput(metrics.registry(), new Machine());
    }

    @Bean
    Activity activity(ServerMetrics metrics, InstantSource clock) {
        return new Activity(clock, metrics.registry());
    }

    @Bean
    ShareLinks shareLinks(StorageEngine engine, InstantSource clock) {
        return new ShareLinks(engine.namespace(), engine.access(), clock);
    }

    @Bean
    ConsoleAssets consoleAssets() {
        return new ConsoleAssets();
    }

    static long freeBytes(StorageEngine engine) {
        try {
            return engine.freeBytes();
        } catch (IOException e) {
            return 0;
        }
    }

    @Bean
    RequestLog.Rules requestLogRules() {
        return new RequestLog.Rules();
    }

    @Bean
    LiveSettings liveSettings(
            LoadedSettings loaded,
            StorageEngine engine,
            RequestLog.Rules rules,
            AuditTrail trail,
            AuditedDoors audited) {
        return new LiveSettings(loaded, engine, rules, audit -> {
            audited.note(audited(audit));
            trail.limitFiles(audit.filesBytesMax());
        });
    }

    /** Not a bean of its own: the main server would map it, too. */
    private static S3Servlet s3Servlet(
            VarveSettings settings, StorageEngine engine, ServerMetrics metrics, InstantSource clock) {
        return new S3Servlet(
                engine.namespace(),
                engine.access(),
                metrics.registry(),
                clock,
                new S3Settings(
                        settings.s3().region(),
                        settings.s3().domain(),
                        settings.s3().websiteDomain(),
                        S3Settings.PUT_BYTES_MAX_DEFAULT,
                        settings.s3().lifecycleDay(),
                        settings.s3().requestsPerSecond(),
                        settings.s3().signatureV2(),
                        settings.s3()
                                .webhook()
                                .map(address -> new S3Settings.Hook(
                                        address, settings.s3().webhookToken().value()))));
    }

    @Bean
    ServletDoor s3Door(
            VarveSettings settings,
            StorageEngine engine,
            ServerMetrics metrics,
            InstantSource clock,
            HttpLimits limits,
            TlsFiles tls,
            RequestLog.Rules rules,
            Activity activity,
            AuditedDoors audited) {
        return new ServletDoor(
                s3Servlet(settings, engine, metrics, clock),
                "/",
                settings.bind(),
                settings.s3().port(),
                connector -> {
                    limits.apply(connector);
                    tls.apply(connector);
                },
                settings.http().stopGrace(),
                List.of(
                        new ForwardedFor(settings.http().trustedProxies()),
                        new RequestLog(Door.S3, rules),
                        new RequestWatch(Answered::s3, List.of(activity, audited)),
                        new DirectAnswers()));
    }

    @Bean
    OperatorLogin operatorLogin(StorageEngine engine) {
        return new OperatorLogin(engine.access());
    }
}
