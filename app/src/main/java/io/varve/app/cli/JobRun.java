package io.varve.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Starts a job of the running server, tells how far it is, and waits for its end. */
final class JobRun {
    private static final Duration POLL_FIRST = Duration.ofMillis(20);
    private static final Duration POLL_MAX = Duration.ofSeconds(1);

    private JobRun() {}

    /**
     * Runs a job.
     *
     * @param wanted the request's words, {@code kind} among them
     * @return its result
     * @throws IOException with the reason, if it failed or was cancelled
     */
    static JsonNode run(ServerClient server, Map<String, Object> wanted, PrintWriter progress)
            throws IOException, InterruptedException {
        return follow(server, server.send("POST", "/jobs", ServerClient.json(wanted)), progress);
    }

    /**
     * Waits for the end of a job.
     *
     * @param begun the job as the server told it
     * @return its result
     * @throws IOException with the reason, if it failed or was cancelled
     */
    static JsonNode follow(ServerClient server, JsonNode begun, PrintWriter progress)
            throws IOException, InterruptedException {
        JsonNode job = begun;
        long id = job.path("id").asLong();
        String told = "";
        Duration pause = POLL_FIRST;
        while (job.path("state").asString().equals("RUNNING")) {
            Thread.sleep(pause);
            pause = pause.multipliedBy(2).compareTo(POLL_MAX) < 0 ? pause.multipliedBy(2) : POLL_MAX;
            job = server.send("GET", "/jobs/" + id, "");
            String now = progressOf(job);
            if (pause.equals(POLL_MAX) && !now.equals(told)) {
                progress.println("  job " + id + ": " + now);
                progress.flush();
                told = now;
            }
        }
        return switch (job.path("state").asString()) {
            case "DONE" -> job.path("result");
            case "CANCELLED" -> throw new IOException("The job was cancelled.");
            default -> throw new IOException(job.path("failure").asString("The job failed."));
        };
    }

    static String progressOf(JsonNode job) {
        long total = job.path("total").asLong();
        long done = job.path("done").asLong();
        String amount = total > 0
                ? " %,d of %,d (%d %%)".formatted(done, total, Math.min(100, 100 * done / total))
                : done > 0 ? " %,d".formatted(done) : "";
        return job.path("phase").asString() + amount;
    }
}
