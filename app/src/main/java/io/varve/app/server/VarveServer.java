package io.varve.app.server;

import io.varve.app.config.LoadedSettings;
import io.varve.app.config.SettingsException;
import io.varve.app.config.VarveSettings;
import io.varve.s3.S3Servlet;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.apache.catalina.connector.Connector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.support.GenericApplicationContext;

/** A running server: both doors, REST and metrics over one engine. */
public final class VarveServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VarveServer.class);

    private final ConfigurableApplicationContext context;
    private final VarveSettings settings;

    private VarveServer(ConfigurableApplicationContext context, VarveSettings settings) {
        this.context = context;
        this.settings = settings;
    }

    /**
     * Starts a server and leaves its address in the data directory.
     *
     * @throws RuntimeException with the reason somewhere in its causes, if it cannot start
     */
    public static VarveServer start(LoadedSettings loaded) throws IOException {
        VarveSettings settings = loaded.settings();
        PortProbe.requireUsable(settings);
        SpringApplication application = new SpringApplication(ServerConfiguration.class);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        application.setDefaultProperties(properties(settings));
        application.addInitializers(
                context -> openEngine(((GenericApplicationContext) context).getDefaultListableBeanFactory(), loaded));
        VarveServer server = new VarveServer(application.run(), settings);
        server.reachDoors();
        server.leaveAddress();
        return server;
    }

    /** How a server with these settings opens its store. */
    public static EngineSettings engineSettings(VarveSettings settings) {
        return ServerConfiguration.engineSettings(settings);
    }

    /** Opens the store and hands it to the context, which closes it last. Runs when logging is set up and nothing else is. */
    private static void openEngine(DefaultListableBeanFactory beans, LoadedSettings loaded) {
        VarveSettings settings = loaded.settings();
        ServerMetrics metrics = new ServerMetrics(settings.metrics());
        InstantSource clock = InstantSource.system();
        StorageEngine engine;
        try {
            engine = StorageEngine.open(ServerConfiguration.engineSettings(settings), clock, metrics.registry());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        engine.access().shareBuckets(settings.store().sharedBuckets());
        metrics.countLogins(engine.access().throttle());
        beans.registerSingleton("loadedSettings", loaded);
        beans.registerSingleton("settings", settings);
        beans.registerSingleton("clock", clock);
        beans.registerSingleton("metrics", metrics);
        beans.registerSingleton("engine", engine);
        beans.registerDisposableBean("engine", engine::close);
        // Closed before the engine, whose figures it sends for the last time.
        beans.registerDisposableBean("metrics", metrics::close);
        WarmUp warmUp = new WarmUp(
                settings.warmUp() ? WarmUp.ROUNDS : 0,
                new HttpLimits(settings.http()),
                clock,
                Path.of(System.getProperty("java.io.tmpdir")));
        beans.registerSingleton("warmUp", warmUp);
        // Also where the start fails before anything else is started.
        beans.registerDisposableBean("warmUp", warmUp::stop);
        warmUp.begin();
    }

    /** Both doors listen by now, and can be told of other limits. */
    private void reachDoors() {
        ServletDoor s3Door = context.getBean(ServletDoor.class);
        List<Connector> connectors = new ArrayList<>(List.of(s3Door.connector()));
        ServerMetrics metrics = context.getBean(ServerMetrics.class);
        metrics.countConnections("s3", s3Door.connector());
        if (((WebServerApplicationContext) context).getWebServer() instanceof TomcatWebServer web) {
            connectors.add(web.getTomcat().getConnector());
            metrics.countConnections("web", web.getTomcat().getConnector());
        }
        IntConsumer limit = s3Door.servlet() instanceof S3Servlet s3 ? s3::limit : ignored -> {};
        TlsFiles tls = context.getBean(TlsFiles.class);
        tls.follow(connectors, this::writeAddress);
        context.getBean(LiveSettings.class).reach(new LiveSettings.Doors(connectors, limit, tls::reload));
    }

    /** The certificate that the command line goes by is another. */
    private void writeAddress() {
        try {
            address().write(settings.dataDir());
        } catch (IOException e) {
            LOG.error("The address of this server cannot be written for the command line: {}", e.getMessage());
        }
    }

    /**
     * Reads the settings again and takes over what can change while it runs; what became of them, or why they are not taken, is in the log.
     */
    public void reload() {
        try {
            context.getBean(LiveSettings.class).reload();
        } catch (SettingsException e) {
            LOG.error("The settings cannot be used and stay as they were: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("The settings were not taken over.", e);
        }
    }

    /** The address is there as long as the server is: also a stop by a signal takes it away, and only that of this server. */
    private void leaveAddress() throws IOException {
        address().write(settings.dataDir());
        context.addApplicationListener((ContextClosedEvent ignored) -> {
            try {
                ServerAddress.remove(settings.dataDir());
            } catch (IOException e) {
                // The file only says where a server was; the command line finds that nobody answers there.
            }
        });
    }

    private static Map<String, Object> properties(VarveSettings settings) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("server.address", settings.bind());
        properties.put("server.port", settings.port());
        properties.put("server.shutdown", "graceful");
        properties.put(
                "spring.lifecycle.timeout-per-shutdown-phase",
                settings.http().stopGrace().toMillis() + "ms");
        properties.put("spring.threads.virtual.enabled", "true");
        // Bodies belong to the doors: nothing may parse them as forms.
        properties.put("spring.servlet.multipart.enabled", "false");
        properties.put("spring.mvc.formcontent.filter.enabled", "false");
        properties.put("spring.mvc.hiddenmethod.filter.enabled", "false");
        // Each filter costs every small request microseconds: Tomcat takes addresses for UTF-8 by itself, and bodies
        // are bytes.
        properties.put("spring.servlet.encoding.enabled", "false");
        properties.put("spring.mvc.problemdetails.enabled", "true");
        properties.put("spring.web.resources.add-mappings", "false");
        // Where metrics go is a setting of ours; by itself it would be a collector on this machine.
        properties.put("management.otlp.metrics.export.enabled", "false");
        properties.put("management.endpoints.web.exposure.include", "health");
        properties.put("management.endpoint.health.probes.enabled", "true");
        properties.put("management.health.diskspace.enabled", "false");
        properties.put("logging.level.root", "WARN");
        properties.put("logging.level.io.varve", "INFO");
        properties.put("logging.level.io.milton", "WARN");
        properties.put("logging.pattern.correlation", "%replace([%X{" + RequestLog.CONTEXT + "}] ){'\\[\\] ',''}");
        if (settings.log().format().equals("json")) {
            properties.put("logging.structured.format.console", "ecs");
        }
        // Failures to start are explained by the command line, in one line.
        properties.put("logging.level.org.springframework.boot.diagnostics", "OFF");
        properties.put("logging.level.org.springframework.boot.SpringApplication", "OFF");
        properties.put("logging.level.org.springframework.boot.web.server.servlet.context", "ERROR");
        properties.put("logging.level.org.springframework.boot.tomcat", "OFF");
        // Anybody can ask for pages that are not there.
        properties.put("logging.level.org.springframework.web.servlet.PageNotFound", "ERROR");
        properties.put("logging.level.org.apache.catalina", "OFF");
        properties.put("logging.level.org.apache.catalina.util.LifecycleBase", "OFF");
        properties.put("logging.level.org.apache.coyote", "ERROR");
        properties.put("spring.main.allow-bean-definition-overriding", "false");
        return properties;
    }

    /** Where it is, with the ports it really listens on. */
    public ServerAddress address() {
        int port = Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer())
                .getPort();
        int s3Port = context.getBean(ServletDoor.class).port();
        String host = host(settings.bind());
        String scheme = settings.tls().isPresent() ? "https://" : "http://";
        return new ServerAddress(
                scheme + host + ":" + port,
                scheme + host + ":" + s3Port,
                context.getBean(OperatorLogin.class).token(),
                context.getBean(TlsFiles.class).fingerprint().orElse(""));
    }

    /** The engine it serves. */
    public StorageEngine engine() {
        return context.getBean(StorageEngine.class);
    }

    /** Whether the code that serves clients was exercised when the server started. */
    public boolean isWarm() {
        return context.getBean(WarmUp.class).isWhole();
    }

    /** Stops accepting, lets running requests end, and closes the engine. */
    @Override
    public void close() {
        context.close();
    }

    /** A host to connect to: a server that listens everywhere is reached on the loopback address. */
    private static String host(String bind) {
        try {
            InetAddress address = InetAddress.getByName(bind);
            if (address.isAnyLocalAddress()) {
                return "127.0.0.1";
            }
            return address instanceof Inet6Address ? "[" + bind + "]" : bind;
        } catch (IOException e) {
            return bind;
        }
    }
}
