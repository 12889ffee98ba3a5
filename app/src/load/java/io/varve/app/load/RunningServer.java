package io.varve.app.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A server process that this program started and ends. */
final class RunningServer implements AutoCloseable {
    private static final Duration STOP_MAX = Duration.ofSeconds(40);

    private static final int LOG_LINES = 30;

    private final String name;
    private final Process process;
    private final Path log;
    private final Door dav;
    private final Door s3;

    /**
     * A server that answers.
     *
     * @param name as in tables
     * @param log where it writes what it has to say
     * @param s3 the door that S3 scenarios use; the same as {@code dav} if it has no other
     */
    RunningServer(String name, Process process, Path log, Door dav, Door s3) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.dav = dav;
        this.s3 = s3;
    }

    /** Something to wait for. */
    interface Condition {
        boolean holds() throws IOException;
    }

    /**
     * Waits until a started process answers.
     *
     * @param log where it writes, told if it does not
     * @throws IOException if it ended, or takes too long; it is ended then
     */
    static void await(Process process, Path log, Duration max, Condition ready) throws IOException {
        long deadline = System.nanoTime() + max.toNanos();
        while (!ready.holds()) {
            if (!process.isAlive() || System.nanoTime() - deadline > 0) {
                end(process);
                throw new IOException("The server did not start:\n" + Files.readString(log));
            }
            pause();
        }
    }

    String name() {
        return name;
    }

    Door dav() {
        return dav;
    }

    Door s3() {
        return s3;
    }

    long pid() {
        return process.pid();
    }

    /** The last lines it wrote. */
    String lastWords() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }

    /** The words of its command line after the program. */
    List<String> arguments() {
        return process.info().arguments().map(List::of).orElse(List.of());
    }

    /** Whether its process is there. */
    boolean isAlive() {
        return process.isAlive();
    }

    /** Ends it as a failure of its machine would: at once, without time for anything. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Processor time that it and its children have used. */
    Duration cpu() {
        return family(process)
                .map(member -> member.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Ends it and its children. May be called again. */
    @Override
    public void close() {
        end(process);
    }

    /** Ends a process by its id: asks first. */
    static void end(Process process) {
        List<ProcessHandle> members = family(process).toList();
        process.destroy();
        try {
            if (process.waitFor(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        members.forEach(ProcessHandle::destroyForcibly);
    }

    private static Stream<ProcessHandle> family(Process process) {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants());
    }

    /** Another process says nothing when its state changes: it has to be looked at again and again. */
    static void pause() throws IOException {
        try {
            Thread.sleep(Duration.ofMillis(50));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while a server was waited for.", e);
        }
    }
}
