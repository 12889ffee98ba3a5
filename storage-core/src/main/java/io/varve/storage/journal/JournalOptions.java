package io.varve.storage.journal;

import io.varve.storage.io.BlockDevice;

/**
 * The limits of a {@link Journal}.
 *
 * @param fileBytes the size at which a new file is begun: a multiple of 4096, from 8192. Only a single group may make a file larger
 */
public record JournalOptions(int fileBytes) {

    public JournalOptions {
        if (fileBytes < 2 * BlockDevice.BLOCK || fileBytes % BlockDevice.BLOCK != 0) {
            throw new IllegalArgumentException(
                    "The size of a journal file is a multiple of " + BlockDevice.BLOCK + ", not " + fileBytes + ".");
        }
    }

    /** Files of 64 MiB. */
    public static JournalOptions defaults() {
        return new JournalOptions(64 << 20);
    }
}
