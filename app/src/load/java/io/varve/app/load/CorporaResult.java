package io.varve.app.load;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run over version series, as it is kept in a file.
 *
 * @param name short, of the file
 * @param started when, in UTC
 * @param command the arguments of this program
 * @param machine where
 * @param varveFlags JVM flags that Varve was started with
 * @param releases of the stores, by name; Varve's is the commit it was built from
 * @param corpora what was measured
 */
record CorporaResult(
        String name,
        String started,
        String command,
        Machine machine,
        String varveFlags,
        Map<String, String> releases,
        List<Measured> corpora) {
    /**
     * One corpus in all stores.
     *
     * @param corpus its name
     * @param versions how many
     * @param bytes of all versions
     * @param firstBytes of the first version
     * @param lastBytes of the last version
     * @param stores that stored it and gave it back
     * @param failures of those that did not, by name
     */
    record Measured(
            String corpus,
            int versions,
            long bytes,
            long firstBytes,
            long lastBytes,
            List<InStore> stores,
            Map<String, String> failures) {}

    /**
     * One corpus in one store.
     *
     * @param store its name
     * @param empty what it took before the first version
     * @param stored what it takes with all versions, after background work if it does such
     * @param ingest of all versions
     * @param restoreLast of the last version
     * @param restoreFirst of the first version
     * @param varve what only Varve has; null for others
     */
    record InStore(
            String store,
            StoredBytes empty,
            StoredBytes stored,
            Cost ingest,
            Cost restoreLast,
            Cost restoreFirst,
            @Nullable Background varve) {}

    /**
     * What Varve does after it has answered.
     *
     * @param apart whether versions were stored under names of their own
     * @param cold of storing all versions by a server that was started just before
     * @param before what it took before background work
     * @param cost of the background work
     * @param use how its segments are used afterwards
     */
    record Background(boolean apart, Cost cold, StoredBytes before, Cost cost, SegmentUse use) {}
}
