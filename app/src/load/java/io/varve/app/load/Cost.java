package io.varve.app.load;

/**
 * What a piece of work took.
 *
 * @param seconds by the clock
 * @param cpuSeconds processor time of the store's processes, user and system
 * @param clientCpuSeconds processor time of this program meanwhile, where it reads or writes the files; 0 where the store does it itself
 */
record Cost(double seconds, double cpuSeconds, double clientCpuSeconds) {
    static final Cost NONE = new Cost(0, 0, 0);

    Cost {
        seconds = Figures.rounded(seconds);
        cpuSeconds = Figures.rounded(cpuSeconds);
        clientCpuSeconds = Figures.rounded(clientCpuSeconds);
    }

    Cost plus(Cost other) {
        return new Cost(
                seconds + other.seconds, cpuSeconds + other.cpuSeconds, clientCpuSeconds + other.clientCpuSeconds);
    }
}
