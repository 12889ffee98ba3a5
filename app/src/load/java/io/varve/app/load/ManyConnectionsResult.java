package io.varve.app.load;

import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.stream.LongStream;

/**
 * Outcome of a run with many connections at once.
 *
 * @param connections open at the same time, half of them at each door
 * @param seconds that they worked
 * @param requestsPerSecond of all connections together
 * @param errors answers that were wrong, late beyond all patience, or did not come
 * @param messages of the first errors
 * @param puts how long writes took
 * @param gets how long reads took, up to the last byte compared
 * @param before the server's open descriptors when nobody was connected
 * @param peak the most that were seen
 * @param after those when everybody had left
 * @param leaked descriptors that remained and are no files of the store
 * @param samples of the server, one a second
 */
record ManyConnectionsResult(
        int connections,
        double seconds,
        double requestsPerSecond,
        long errors,
        List<String> messages,
        Latency puts,
        Latency gets,
        Descriptors before,
        Descriptors peak,
        Descriptors after,
        int leaked,
        List<Sample> samples) {

    /** Whether the server came out of it well. */
    boolean passed() {
        return errors == 0 && leaked == 0;
    }

    /** Some lines for people. */
    String summary() {
        LongSummaryStatistics resident =
                samples.stream().mapToLong(Sample::residentMiB).summaryStatistics();
        LongSummaryStatistics heap = samples.stream().mapToLong(Sample::heapMiB).summaryStatistics();
        return String.format(
                Locale.ROOT,
                """
                %d connections for %.1f s: %.0f req/s, %d errors %s
                  PUT %s
                  GET %s
                  memory of the process %d to %d MiB, at the end %d; heap %d to %d MiB
                  descriptors before %s, most %s, after %s: %d leaked""",
                connections,
                seconds,
                requestsPerSecond,
                errors,
                messages,
                puts,
                gets,
                resident.getMin(),
                resident.getMax(),
                samples.getLast().residentMiB(),
                heap.getMin(),
                heap.getMax(),
                before,
                peak,
                after,
                leaked);
    }

    /**
     * How long requests took, in milliseconds.
     *
     * @param count of requests
     */
    record Latency(long count, double p50Millis, double p99Millis, double maxMillis) {
        /** Of times in nanoseconds. */
        static Latency of(LongStream nanos) {
            long[] sorted = nanos.sorted().toArray();
            return sorted.length == 0
                    ? new Latency(0, 0, 0, 0)
                    : new Latency(sorted.length, at(sorted, 0.5), at(sorted, 0.99), at(sorted, 1));
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%d requests: p50 %.1f ms, p99 %.1f ms, longest %.1f ms",
                    count,
                    p50Millis,
                    p99Millis,
                    maxMillis);
        }

        private static double at(long[] sorted, double share) {
            int rank = (int) Math.ceil(share * sorted.length);
            return Figures.rounded(sorted[Math.max(0, rank - 1)] / 1e6);
        }
    }

    /**
     * Open descriptors of a process.
     *
     * @param all of them
     * @param sockets those that are sockets
     * @param storeFiles those that are files below the data directory
     */
    record Descriptors(int all, int sockets, int storeFiles) {
        @Override
        public String toString() {
            return all + " (" + sockets + " sockets, " + storeFiles + " files of the store)";
        }
    }

    /**
     * The server at one moment.
     *
     * @param second since the clients began
     * @param residentMiB memory of the process
     * @param heapMiB Java heap in use, garbage included
     * @param descriptors open ones
     */
    record Sample(double second, long residentMiB, long heapMiB, Descriptors descriptors) {}
}
