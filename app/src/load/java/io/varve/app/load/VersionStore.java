package io.varve.app.load;

import java.io.IOException;
import java.nio.file.Path;

/** A store of versions over an empty directory. Used in the order of its methods, by one thread. */
interface VersionStore {
    /** As in tables. */
    String name();

    /** What it says it is; fails if it is not installed. */
    String release() throws IOException;

    /**
     * Makes itself ready.
     *
     * @param directory its own, which exists and is empty
     * @return where its data lies: everything that it needs to give versions back, and nothing else
     */
    Path open(Path directory) throws IOException;

    /**
     * Stores a version after those before it.
     *
     * @param number from 0
     * @param version a file or a directory
     */
    Cost put(int number, Path version) throws IOException;

    /**
     * Gives a version back.
     *
     * @param version what was stored
     * @param target an empty directory, which gets the file, or what is in the directory
     */
    Cost restore(int number, Path version, Path target) throws IOException;
}
