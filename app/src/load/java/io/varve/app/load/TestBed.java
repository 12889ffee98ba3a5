package io.varve.app.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A temporary directory and the servers that run in it. However the program ends, short of kill -9, the servers are ended and the
 * directory is removed. Thread-safe.
 */
final class TestBed implements AutoCloseable {
    private final Path directory;
    private final List<RunningServer> servers = new ArrayList<>();
    private final Thread atExit = new Thread(this::tearDown, "tear-down");
    private int started;
    private boolean closed;
    private boolean kept;

    /** What starts a server in a directory that it may fill. */
    interface Launch {
        RunningServer start(Path directory) throws IOException;
    }

    /** A test bed below a directory. */
    TestBed(Path parent) throws IOException {
        directory = Files.createTempDirectory(parent.toAbsolutePath(), "varve-load-");
        // A server that gives up root's rights must get through.
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    Path directory() {
        return directory;
    }

    /** Starts a server. */
    synchronized RunningServer start(Launch launch) throws IOException {
        if (closed) {
            throw new IOException("The test bed is closed.");
        }
        started++;
        RunningServer server = launch.start(Files.createDirectory(directory.resolve("server-" + started)));
        servers.add(server);
        return server;
    }

    /** Has the directory stay when this is closed, for whoever looks for a cause. */
    synchronized void keep() {
        kept = true;
    }

    /** Writes everything out that waits in the page cache of the test bed's file system, so that no round pays for another. */
    void sync() throws IOException {
        try {
            int status = new ProcessBuilder("sync", "-f", directory.toString())
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IOException("sync ended with status " + status + ".");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the disk was written.", e);
        }
    }

    @Override
    public void close() {
        tearDown();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    private synchronized void tearDown() {
        closed = true;
        servers.forEach(RunningServer::close);
        servers.clear();
        if (kept) {
            return;
        }
        try {
            remove(directory);
        } catch (IOException e) {
            System.err.println("load: " + directory + " could not be removed: " + e);
        }
    }

    /** Removes a directory with all that is in it, if it is there. */
    static void remove(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
