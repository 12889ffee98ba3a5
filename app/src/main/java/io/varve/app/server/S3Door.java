package io.varve.app.server;

import io.varve.s3.S3Connector;
import io.varve.s3.S3Servlet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.LifecycleState;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.FileSystemUtils;

/**
 * The S3 door: a Tomcat of its own, so that requests reach the servlet exactly as clients signed them, untouched by anything that
 * the main server's filters do to paths, queries and bodies.
 */
final class S3Door implements SmartLifecycle {
    /** Started after the main server, so both are up when the start is announced, and stopped before the engine. */
    private static final int PHASE = Integer.MAX_VALUE - 100;

    private final S3Servlet servlet;
    private final String bind;
    private final int port;
    private final HttpLimits limits;
    private volatile Tomcat tomcat = new Tomcat();
    private volatile @Nullable Path workingDirectory;
    private volatile boolean running;

    S3Door(S3Servlet servlet, String bind, int port, HttpLimits limits) {
        this.servlet = servlet;
        this.bind = bind;
        this.port = port;
        this.limits = limits;
    }

    /** The port it listens on, also when a free one was asked for. */
    int port() {
        return tomcat.getConnector().getLocalPort();
    }

    @Override
    public void start() {
        try {
            Tomcat starting = new Tomcat();
            Path base = Files.createTempDirectory("varve-s3-");
            workingDirectory = base;
            starting.setBaseDir(base.toString());
            Connector connector = S3Connector.create();
            connector.setPort(port);
            connector.setProperty("address", bind);
            limits.apply(connector);
            ((AbstractProtocol<?>) connector.getProtocolHandler())
                    .setExecutor(Executors.newThreadPerTaskExecutor(
                            Thread.ofVirtual().name("s3-", 0).factory()));
            starting.setConnector(connector);
            starting.getEngine().setBackgroundProcessorDelay(-1);
            Context context = starting.addContext("", base.toString());
            Tomcat.addServlet(context, "s3", servlet);
            context.addServletMappingDecoded("/", "s3");
            tomcat = starting;
            starting.start();
            if (connector.getState() != LifecycleState.STARTED) {
                throw new PortInUseException(port);
            }
            running = true;
        } catch (LifecycleException e) {
            if (e.getCause() instanceof BindException taken) {
                throw new PortInUseException(port, taken);
            }
            throw new IllegalStateException("The S3 door cannot be opened: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void stop() {
        running = false;
        try {
            tomcat.stop();
            tomcat.destroy();
            FileSystemUtils.deleteRecursively(workingDirectory);
        } catch (LifecycleException | IOException e) {
            throw new IllegalStateException("The S3 door could not be closed.", e);
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
