package io.varve.app.load;

import java.util.List;
import java.util.Map;

/**
 * A soak, as it is kept in a file.
 *
 * @param name short, of the file
 * @param started when, in UTC
 * @param command the arguments of this program
 * @param machine where
 * @param varveFlags JVM flags that Varve was started with
 * @param varve the commit it was built from
 * @param seed of all that was left to chance
 * @param seconds how long it took
 * @param longestStartSeconds the longest from a start to the first answer
 * @param counts what was done, by name
 * @param growth resources in the first and last third of the time
 * @param samples of the server
 */
record SoakResult(
        String name,
        String started,
        String command,
        Machine machine,
        String varveFlags,
        String varve,
        long seed,
        double seconds,
        double longestStartSeconds,
        Map<String, Long> counts,
        List<Growth> growth,
        List<Sample> samples) {

    /**
     * A look at the server.
     *
     * @param second since the beginning
     * @param calm whether the server lived on from then on
     * @param figures by name
     */
    record Sample(double second, boolean calm, Map<String, Double> figures) {}

    /**
     * How a figure changed.
     *
     * @param name of the figure
     * @param first its mean in the first third
     * @param last its mean in the last third
     * @param max the highest
     */
    record Growth(String name, double first, double last, double max) {}
}
