package io.varve.app.server;

import io.varve.s3.S3Connector;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.Valve;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardWrapper;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.util.FileSystemUtils;

/**
 * A door that has a Tomcat of its own, as S3 does: requests reach the servlet exactly as clients signed them, untouched by anything
 * that the main server's filters do to paths, queries and bodies.
 */
final class ServletDoor implements SmartLifecycle, AutoCloseable {
    /** Started after the main server, so both are up when the start is announced, and stopped before the engine. */
    private static final int PHASE = Integer.MAX_VALUE - 100;

    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private final HttpServlet servlet;
    private final String mapping;
    private final String bind;
    private final int port;
    private final Consumer<Connector> limits;
    private final Duration stopGrace;
    private final List<Valve> valves;
    private volatile Tomcat tomcat = new Tomcat();
    private volatile @Nullable StandardWrapper requests;
    private volatile @Nullable Path workingDirectory;
    private volatile boolean running;

    /**
     * @param mapping the paths the servlet serves, as the Servlet specification writes them
     * @param limits sets the connector up
     * @param stopGrace how long running requests may take to end when the door is closed
     * @param valves what every request passes first, in this order
     */
    ServletDoor(
            HttpServlet servlet,
            String mapping,
            String bind,
            int port,
            Consumer<Connector> limits,
            Duration stopGrace,
            List<Valve> valves) {
        this.servlet = servlet;
        this.mapping = mapping;
        this.bind = bind;
        this.port = port;
        this.limits = limits;
        this.stopGrace = stopGrace;
        this.valves = List.copyOf(valves);
    }

    /** The port it listens on, also when a free one was asked for. */
    int port() {
        return tomcat.getConnector().getLocalPort();
    }

    HttpServlet servlet() {
        return servlet;
    }

    Connector connector() {
        return tomcat.getConnector();
    }

    @Override
    public void start() {
        try {
            Tomcat starting = new Tomcat();
            Path base = Files.createTempDirectory("varve-door-");
            workingDirectory = base;
            starting.setBaseDir(base.toString());
            Connector connector = S3Connector.create(new PatientEndpoint());
            connector.setPort(port);
            connector.setProperty("address", bind);
            // Only a socket that was bound by the start can be closed before the requests have ended.
            connector.setProperty("bindOnInit", "false");
            limits.accept(connector);
            ((AbstractProtocol<?>) connector.getProtocolHandler())
                    .setExecutor(Executors.newThreadPerTaskExecutor(
                            Thread.ofVirtual().name("door-", 0).factory()));
            starting.setConnector(connector);
            starting.getEngine().setBackgroundProcessorDelay(-1);
            valves.forEach(starting.getEngine().getPipeline()::addValve);
            Context context = starting.addContext("", base.toString());
            requests = (StandardWrapper) Tomcat.addServlet(context, "door", servlet);
            context.addServletMapping(mapping, "door");
            tomcat = starting;
            starting.start();
            if (connector.getState() != LifecycleState.STARTED) {
                throw new PortInUseException(port);
            }
            running = true;
        } catch (LifecycleException e) {
            if (NestedExceptionUtils.getRootCause(e) instanceof BindException taken) {
                throw new PortInUseException(port, taken);
            }
            throw new IllegalStateException("The door cannot be opened: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {
        running = false;
        try {
            Connector connector = tomcat.getConnector();
            connector.pause();
            connector.getProtocolHandler().closeServerSocketGraceful();
            awaitRequests();
            tomcat.stop();
            tomcat.destroy();
            FileSystemUtils.deleteRecursively(workingDirectory);
        } catch (LifecycleException | IOException e) {
            throw new IllegalStateException("The door could not be closed.", e);
        }
    }

    @Override
    public void close() {
        if (running) {
            stop();
        }
    }

    /** As the main server's graceful stop does, which looks as often. */
    private void awaitRequests() {
        StandardWrapper running = requests;
        long deadline = System.nanoTime() + stopGrace.toNanos();
        try {
            while (running != null && running.getCountAllocated() > 0 && System.nanoTime() < deadline) {
                Thread.sleep(LOOK_EVERY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
