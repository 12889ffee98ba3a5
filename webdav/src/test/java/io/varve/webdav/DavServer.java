package io.varve.webdav;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/** The door on an embedded Tomcat at a free port, over a real store, with one user. */
final class DavServer implements AutoCloseable {

    static final String USER = "root";
    static final String PASSWORD = "correct horse";

    /** What the store pretends to have free; tests may lower it. */
    final AtomicLong freeBytes = new AtomicLong(Long.MAX_VALUE);

    /** How far the server's clock is ahead of the machine's; tests may raise it. */
    final AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);

    private final InstantSource clock = () -> Instant.now().plus(ahead.get());
    final MeterRegistry meters = new SimpleMeterRegistry();
    final StorageEngine engine;
    private final Tomcat tomcat = new Tomcat();

    DavServer(Path directory) throws IOException {
        this(directory, DavSettings.DEFAULT);
    }

    DavServer(Path directory, DavSettings settings) throws IOException {
        this(directory, settings, Duration.ofSeconds(20));
    }

    /** @param patience how long a body may stall */
    DavServer(Path directory, DavSettings settings, Duration patience) throws IOException {
        EngineSettings store =
                EngineSettings.of(directory.resolve("data")).withRoot(new EngineSettings.RootUser(USER, PASSWORD));
        engine = StorageEngine.open(store, clock, meters);
        DavServlet servlet =
                new DavServlet(engine.namespace(), engine.access(), freeBytes::get, meters, clock, settings);
        tomcat.setBaseDir(directory.resolve("tomcat").toString());
        Connector connector = new Connector();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("connectionTimeout", Long.toString(patience.toMillis()));
        connector.setProperty("relaxedPathChars", "[]|\\{}^`\"<>");
        connector.setEncodedReverseSolidusHandling("passthrough");
        connector.setProperty("continueResponseTiming", "onRead");
        connector.getProtocolHandler().setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", null);
        Tomcat.addDefaultMimeTypeMappings(context);
        Tomcat.addServlet(context, "dav", servlet);
        context.addServletMapping("/dav/*", "dav");
        context.addServletMapping("/remote.php/dav/*", "dav");
        try {
            tomcat.start();
        } catch (LifecycleException e) {
            throw new IOException("Tomcat does not start", e);
        }
    }

    int port() {
        return tomcat.getConnector().getLocalPort();
    }

    String url() {
        return "http://127.0.0.1:" + port() + "/dav/";
    }

    DavClient client() {
        return new DavClient(port(), USER, PASSWORD);
    }

    @Override
    public void close() throws IOException {
        try {
            tomcat.stop();
            tomcat.destroy();
        } catch (LifecycleException e) {
            throw new IOException("Tomcat does not stop", e);
        } finally {
            engine.close();
        }
    }
}
