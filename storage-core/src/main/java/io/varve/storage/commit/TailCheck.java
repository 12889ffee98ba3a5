package io.varve.storage.commit;

import io.varve.storage.metadata.Batch;
import java.io.IOException;

/**
 * Tells whether the chunks that a commit points to reached the disk. Asked at recovery, for the journal's last group only:
 * journal and segments are synced side by side, so a crash can leave a group journalled whose chunks are lost. Nobody was
 * answered for it.
 */
@FunctionalInterface
public interface TailCheck {
    /** Whether every chunk that the commit stored is there and verifies. */
    boolean isWhole(Batch batch) throws IOException;
}
