package io.varve.app.load;

/**
 * What one server did in one round.
 *
 * @param requests answered
 * @param bytes of their bodies
 * @param seconds it took
 * @param cpuSeconds processor time of the server
 * @param bystanderCpuSeconds processor time of the other server meanwhile, which was asked nothing
 * @param foreignCpuShare the part of all processors' time that neither the servers nor the client used: the kernel's own threads and
 *     other programs; a high one says that the machine was not quiet
 */
record Reading(
        long requests,
        long bytes,
        double seconds,
        double cpuSeconds,
        double bystanderCpuSeconds,
        double foreignCpuShare) {
    Reading {
        seconds = Figures.rounded(seconds);
        cpuSeconds = Figures.rounded(cpuSeconds);
        bystanderCpuSeconds = Figures.rounded(bystanderCpuSeconds);
        foreignCpuShare = Figures.rounded(foreignCpuShare);
    }
}
