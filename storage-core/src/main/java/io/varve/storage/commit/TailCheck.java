package io.varve.storage.commit;

import io.varve.storage.metadata.Batch;
import java.io.IOException;

/** What recovery asks about the chunks on the disk. */
public interface TailCheck {
    /**
     * Whether every chunk that a commit stored is there and verifies. Asked for the journal's last group only: journal and segments are
     * synced side by side, so a crash can leave a group journalled whose chunks are lost. Nobody was answered for it.
     */
    boolean isWhole(Batch batch) throws IOException;

    /**
     * Whether there is no segment at all, in the mirror neither. Asked where there is no journal, and where commits say that there are
     * some: what is on a disk that is not mounted must not pass for lost.
     */
    boolean isEmpty() throws IOException;
}
