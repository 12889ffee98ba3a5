package io.varve.app.load;

import java.io.IOException;
import java.time.Duration;

/**
 * One kind of work at one server's door, round after round. Each server has an instance of its own; one thread calls it. In the first
 * round, which does not count, a workload also checks that what it reads is what was written.
 */
interface Workload {
    /** The first round, in which what is read is compared. */
    int FIRST = 0;

    /** How many connections {@link #run} wants. */
    int connections();

    /**
     * Does everything that is not to be timed: makes bodies and requests, writes what will be read.
     *
     * @param round from {@link #FIRST}; names made from it are new
     */
    void prepare(int round) throws IOException;

    /**
     * Does the timed part.
     *
     * @param clients freshly connected
     * @throws IOException if an answer is not the expected one, or wrong
     */
    Amount run(Clients clients) throws IOException;

    /**
     * Where a workload works.
     *
     * @param folder an empty folder of its own
     * @param payload where bodies come from; whatever prepared last owns its content
     * @param time how long a round lasts that has no natural end
     */
    record Stage(Door folder, Payload payload, Duration time) {}
}
