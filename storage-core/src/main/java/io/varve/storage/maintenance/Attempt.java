package io.varve.storage.maintenance;

import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.namespace.StorageException;
import java.io.IOException;
import org.slf4j.Logger;

/** Work that is tried again later where it fails: a disk that is full, or a defect in one job, must not end a thread that has others. */
final class Attempt {
    private Attempt() {}

    /**
     * Tries it.
     *
     * @param what it is, where a sentence begins
     * @return whether it came to its end
     */
    static boolean at(String what, Logger log, MetadataCheckpoints.Work work) {
        try {
            work.run();
            return true;
        } catch (IOException | StorageException e) {
            log.warn("{} could not be finished, and is tried again later: {}", what, e.getMessage());
        } catch (RuntimeException | Error e) {
            log.error("{} failed, and is tried again later.", what, e);
        }
        return false;
    }
}
