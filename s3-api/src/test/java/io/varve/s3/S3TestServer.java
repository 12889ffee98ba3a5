package io.varve.s3;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import io.varve.storage.namespace.LifecycleRule;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;

/** The S3 door over a real store, on a free port of the loopback interface. */
public final class S3TestServer implements AutoCloseable {

    public static final String ACCESS_KEY = "root";
    public static final String SECRET = "root-secret/+0";
    public static final String DOMAIN = "s3.localhost";
    public static final String WEBSITE_DOMAIN = "s3-website.localhost";

    private final StorageEngine engine;
    private final Tomcat tomcat;
    private final Connector connector;
    private final MeterRegistry meters = new SimpleMeterRegistry();

    /** Opens a store in {@code directory} and serves it. */
    public S3TestServer(Path directory) throws IOException {
        this(
                directory,
                new S3Settings(
                        "us-east-1",
                        DOMAIN,
                        WEBSITE_DOMAIN,
                        S3Settings.PUT_BYTES_MAX_DEFAULT,
                        LifecycleRule.DAY,
                        0,
                        true,
                        Optional.empty()));
    }

    public S3TestServer(Path directory, S3Settings settings) throws IOException {
        engine = StorageEngine.open(
                EngineSettings.of(directory.resolve("data")).withRoot(new EngineSettings.RootUser(ACCESS_KEY, SECRET)),
                InstantSource.system(),
                meters);
        tomcat = new Tomcat();
        tomcat.setBaseDir(Files.createDirectories(directory.resolve("tomcat")).toString());
        connector = S3Connector.create();
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        if (connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
            protocol.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        }
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", directory.toString());
        Tomcat.addServlet(
                context,
                "s3",
                new S3Servlet(engine.namespace(), engine.access(), meters, InstantSource.system(), settings));
        context.addServletMapping("/", "s3");
        try {
            tomcat.start();
        } catch (LifecycleException e) {
            throw new IOException(e);
        }
    }

    public int port() {
        return connector.getLocalPort();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port());
    }

    public StorageEngine engine() {
        return engine;
    }

    public MeterRegistry meters() {
        return meters;
    }

    /** A client for raw requests, signed by the root user. */
    public RawClient rawClient() {
        return new RawClient(port(), ACCESS_KEY, SECRET);
    }

    @Override
    public void close() throws IOException {
        try {
            tomcat.stop();
            tomcat.destroy();
        } catch (LifecycleException e) {
            throw new IOException(e);
        } finally {
            engine.close();
        }
    }
}
