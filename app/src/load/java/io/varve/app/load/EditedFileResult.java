package io.varve.app.load;

/**
 * A run over many versions of one file, as it is kept in a file.
 *
 * @param name short, of the file
 * @param started when, in UTC
 * @param command the arguments of this program
 * @param machine where
 * @param varveFlags JVM flags that Varve was started with
 * @param varve the commit it was built from
 * @param measured what was measured
 */
record EditedFileResult(
        String name,
        String started,
        String command,
        Machine machine,
        String varveFlags,
        String varve,
        Measured measured) {
    /**
     * The versions.
     *
     * @param versions how many
     * @param bytes of the last one
     * @param edited bytes that were changed, put in or taken out from the first version to the last
     * @param one what the store takes with the first version, after background work
     * @param arrived what it takes with all, before background work has seen any but the first: plain deduplication
     * @param stored what it takes after it
     * @param first of storing the first
     * @param others of storing the others
     * @param settled of the background work
     * @param firstByte from a request for a version to the first byte of its content
     * @param firstByteInside the same for a range that begins somewhere in its first half
     * @param restoreNewest of the whole newest version
     * @param restoreOldest of the whole oldest version
     */
    record Measured(
            int versions,
            long bytes,
            long edited,
            StoredBytes one,
            StoredBytes arrived,
            StoredBytes stored,
            Cost first,
            Cost others,
            Cost settled,
            FirstBytes firstByte,
            FirstBytes firstByteInside,
            Cost restoreNewest,
            Cost restoreOldest) {}

    /**
     * Over all versions, in milliseconds.
     *
     * @param median of all
     * @param max the longest
     */
    record FirstBytes(double median, double max) {}
}
