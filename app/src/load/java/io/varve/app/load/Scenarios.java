package io.varve.app.load;

import static io.varve.app.load.Payload.Content.RANDOM;
import static io.varve.app.load.Payload.Content.TEXT;
import static io.varve.app.load.Unit.MEGABYTES;
import static io.varve.app.load.Unit.REQUESTS;

import io.varve.app.load.Workload.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The list of everything that is measured beside the plain-file server. */
final class Scenarios {
    private static final Map<String, Integer> OBJECT_BYTES = new TreeMap<>(Map.of("4k", 4 << 10, "64k", 64 << 10));
    private static final int[] SMALL_CONNECTIONS = {1, 8, 64};

    private Scenarios() {}

    /** All scenarios, in the order they run. */
    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        addBoth(all, "put-large-random-1", MEGABYTES, stage -> new LargePut(stage, 1, RANDOM, false));
        addBoth(all, "put-large-random-4", MEGABYTES, stage -> new LargePut(stage, 4, RANDOM, false));
        addBoth(all, "put-large-text-1", MEGABYTES, stage -> new LargePut(stage, 1, TEXT, false));
        addBoth(all, "put-large-again-1", MEGABYTES, stage -> new LargePut(stage, 1, TEXT, true));
        addBoth(all, "get-large-1", MEGABYTES, stage -> new LargeGet(stage, 1));
        addBoth(all, "get-large-4", MEGABYTES, stage -> new LargeGet(stage, 4));
        OBJECT_BYTES.forEach((size, bytes) -> {
            for (int connections : SMALL_CONNECTIONS) {
                addBoth(
                        all,
                        "put-" + size + "-" + connections,
                        REQUESTS,
                        stage -> new SmallPut(stage, bytes, connections));
                addBoth(
                        all,
                        "get-" + size + "-" + connections,
                        REQUESTS,
                        stage -> new SmallGet(stage, bytes, connections));
            }
        });
        for (int entries : new int[] {1_000, 10_000}) {
            all.add(new Scenario(
                    "dav-list-" + entries, false, List.of(REQUESTS, MEGABYTES), stage -> new Listing(stage, entries)));
        }
        return all;
    }

    private static void addBoth(List<Scenario> all, String name, Unit unit, Function<Stage, Workload> workload) {
        all.add(new Scenario("dav-" + name, false, List.of(unit), workload));
        all.add(new Scenario("s3-" + name, true, List.of(unit), workload));
    }
}
