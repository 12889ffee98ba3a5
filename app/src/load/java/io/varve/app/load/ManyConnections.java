package io.varve.app.load;

import io.varve.app.load.ManyConnectionsResult.Descriptors;
import io.varve.app.load.ManyConnectionsResult.Latency;
import io.varve.app.load.ManyConnectionsResult.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Very many clients at once, half at each door: each writes small objects of its own and reads them back, comparing every byte, until
 * the time is over. Afterwards the server must hold no more descriptors than before.
 *
 * @param server a Varve that nobody else uses
 * @param directory where it keeps its files
 * @param connections how many clients
 * @param time how long they work
 */
record ManyConnections(RunningServer server, Path directory, int connections, Duration time) {
    /** What the scenario is called where scenarios are chosen. */
    static final String NAME = "connections";

    private static final String BUCKET = "load";
    private static final int BUFFER_BYTES = 16 << 10;
    private static final int MESSAGES_MAX = 10;
    private static final int WARM_UP_CONNECTIONS = 64;
    private static final Duration WARM_UP_TIME = Duration.ofSeconds(3);

    /** An answer that takes longer has failed to come. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Closing is the server's own doing, and it may look at its sockets as seldom as its idle limit says. */
    private static final Duration RELEASE_MAX = Duration.ofSeconds(90);

    /** What the clients of one phase saw. */
    private record Outcome(double seconds, List<String> failures, Latency puts, Latency gets) {}

    /** Runs it. */
    ManyConnectionsResult run() throws IOException {
        Door bucket = server.dav().folder(BUCKET);
        try (HttpConnection connection = new HttpConnection(bucket.address(), BUFFER_BYTES)) {
            Expect.success(connection.exchange(bucket.head("MKCOL", "")));
        }
        try (ServerSampler sampler = new ServerSampler(server, directory)) {
            // Classes, pollers and the store's files are opened by the first requests, and stay.
            Descriptors fresh = sampler.descriptors();
            work(WARM_UP_CONNECTIONS, WARM_UP_TIME);
            Descriptors before = settled(sampler, fresh);
            List<Sample> samples = new ArrayList<>();
            Outcome outcome = workSampled(sampler, samples);
            Descriptors after = settled(sampler, before);
            return new ManyConnectionsResult(
                    connections,
                    Figures.rounded(outcome.seconds()),
                    Figures.rounded((outcome.puts().count() + outcome.gets().count()) / outcome.seconds()),
                    outcome.failures().size(),
                    outcome.failures().stream().limit(MESSAGES_MAX).toList(),
                    outcome.puts(),
                    outcome.gets(),
                    before,
                    samples.stream()
                            .map(Sample::descriptors)
                            .max(Comparator.comparingInt(Descriptors::all))
                            .orElse(before),
                    after,
                    Math.max(0, outside(after) - outside(before)),
                    samples);
        }
    }

    private Outcome workSampled(ServerSampler sampler, List<Sample> samples) throws IOException {
        FutureTask<Outcome> work = new FutureTask<>(() -> work(connections, time));
        Thread.ofPlatform().name("many-connections").start(work);
        long begin = System.nanoTime();
        while (true) {
            samples.add(sampler.sample(begin));
            try {
                return work.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                // Time for the next sample.
            } catch (ExecutionException e) {
                throw new IOException(String.valueOf(e.getCause()), e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("Interrupted while clients were at work.", e);
            }
        }
    }

    /** Connects all clients, has them work at the same time, and disconnects them. */
    private Outcome work(int clients, Duration duration) throws IOException {
        CountDownLatch connected = new CountDownLatch(clients);
        CompletableFuture<Long> deadline = new CompletableFuture<>();
        List<RoundTripClient> roundTrips = new ArrayList<>(clients);
        long begin;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < clients; i++) {
                Door door = i % 2 == 0 ? server.s3() : server.dav();
                RoundTripClient client = new RoundTripClient(door.folder(BUCKET), i, connected, deadline);
                roundTrips.add(client);
                threads.execute(client);
            }
            boolean all = connected.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            begin = System.nanoTime();
            deadline.complete(begin + duration.toNanos());
            threads.shutdown();
            if (!threads.awaitTermination(duration.plus(PATIENCE).toSeconds(), TimeUnit.SECONDS) || !all) {
                // Interrupted clients fail: what never came is an error.
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while clients connected.", e);
        }
        return new Outcome(
                (System.nanoTime() - begin) / 1e9,
                roundTrips.stream()
                        .map(RoundTripClient::failure)
                        .flatMap(Optional::stream)
                        .toList(),
                Latency.of(roundTrips.stream().flatMapToLong(RoundTripClient::putNanos)),
                Latency.of(roundTrips.stream().flatMapToLong(RoundTripClient::getNanos)));
    }

    /** Descriptors that no growth of the store explains. */
    private static int outside(Descriptors descriptors) {
        return descriptors.all() - descriptors.storeFiles();
    }

    /** Waits, for a bounded time, until the server has let go of what it did not hold before. */
    private static Descriptors settled(ServerSampler sampler, Descriptors before) throws IOException {
        long deadline = System.nanoTime() + RELEASE_MAX.toNanos();
        Descriptors now = sampler.descriptors();
        while (now.sockets() > before.sockets() && System.nanoTime() - deadline < 0) {
            RunningServer.pause();
            now = sampler.descriptors();
        }
        return now;
    }
}
