package io.varve.app.load;

import io.varve.app.load.Result.Measured;
import io.varve.app.load.Result.Round;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs a scenario against all servers in turn: A B, B A, A B … The machine's drift, and what one turn leaves to the next, then falls on
 * both alike. The first rounds warm up and are dropped.
 *
 * @param bed where the servers run
 * @param servers one or two
 * @param payload where bodies come from
 * @param rounds with those that warm up
 * @param warmUp how many of them are dropped, at least 1 and fewer than all
 * @param time of a round without a natural end
 */
record InterleavedRun(
        TestBed bed, List<RunningServer> servers, Payload payload, int rounds, int warmUp, Duration time) {
    private static final String BUCKET = "load";

    /** Makes the folder that all scenarios' folders lie in. */
    void begin() throws IOException {
        for (RunningServer server : servers) {
            change(server, "MKCOL", "");
        }
    }

    /** Measures a scenario. */
    Measured run(Scenario scenario) throws IOException {
        List<Workload> workloads = new ArrayList<>();
        for (RunningServer server : servers) {
            change(server, "MKCOL", scenario.name() + "/");
            Door folder = door(server, scenario).folder(BUCKET).folder(scenario.name());
            workloads.add(scenario.workload().apply(new Workload.Stage(folder, payload, time)));
        }
        List<Round> measured = new ArrayList<>();
        for (int round = Workload.FIRST; round < rounds; round++) {
            Map<String, Reading> readings = new TreeMap<>();
            int first = round % servers.size();
            for (int turn = 0; turn < servers.size(); turn++) {
                int server = (first + turn) % servers.size();
                String name = servers.get(server).name();
                try {
                    readings.put(name, take(server, door(servers.get(server), scenario), workloads.get(server), round));
                } catch (IOException e) {
                    throw new IOException(name + ", round " + round + ": " + e.getMessage(), e);
                }
            }
            if (round >= warmUp) {
                measured.add(new Round(servers.get(first).name(), readings));
            }
        }
        for (RunningServer server : servers) {
            change(server, "DELETE", scenario.name() + "/");
        }
        return Measured.of(scenario, measured);
    }

    private Reading take(int server, Door door, Workload workload, int round) throws IOException {
        workload.prepare(round);
        bed.sync();
        try (Clients clients = Clients.open(door, workload.connections())) {
            ProcessorTimes before = ProcessorTimes.now(servers);
            long begin = System.nanoTime();
            Amount amount = workload.run(clients);
            double seconds = (System.nanoTime() - begin) / 1e9;
            ProcessorTimes after = ProcessorTimes.now(servers);
            double bystander = 0;
            for (int i = 0; i < servers.size(); i++) {
                bystander += i == server ? 0 : after.serverSecondsSince(before, i);
            }
            return new Reading(
                    amount.requests(),
                    amount.bytes(),
                    seconds,
                    after.serverSecondsSince(before, server),
                    bystander,
                    after.foreignShareSince(before, seconds));
        }
    }

    private static Door door(RunningServer server, Scenario scenario) {
        return scenario.s3() ? server.s3() : server.dav();
    }

    /** Makes or removes a folder, always by WebDAV. */
    private static void change(RunningServer server, String method, String folder) throws IOException {
        Door bucket = server.dav().folder(BUCKET);
        try (Clients clients = Clients.open(bucket, 1)) {
            clients.run((connection, client) -> {
                Expect.success(connection.exchange(bucket.head(method, folder)));
                return Amount.NONE;
            });
        }
    }
}
