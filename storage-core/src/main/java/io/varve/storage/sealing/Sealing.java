package io.varve.storage.sealing;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.util.Optional;

/**
 * How the files of a store are sealed.
 *
 * @param keys the master keys; what is sealed already is read with them in any case
 * @param on whether new files are sealed
 */
public record Sealing(KeyRing keys, boolean on) {
    /** Nothing is sealed, and nothing sealed can be read. */
    public static final Sealing NONE = new Sealing(KeyRing.EMPTY, false);

    public Sealing {
        if (on && keys.isEmpty()) {
            throw new IllegalArgumentException("Without a master key nothing can be sealed.");
        }
    }

    /** A key for a new file, if it shall be sealed. */
    public Optional<FileSealer> newKey() {
        return on ? Optional.of(FileSealer.make()) : Optional.empty();
    }

    /**
     * Wraps a data key with the newest master key, for where it is kept elsewhere than in the header of a file.
     *
     * @param context what it is bound to
     */
    public byte[] wrap(FileKey key, byte[] context) {
        return keys.wrap(key, context);
    }

    /**
     * Takes out a key that {@link #wrap} wrapped.
     *
     * @throws KeyMissingException if the master key is not there
     * @throws CorruptionException if the wrapped key was changed, or is bound to something else
     */
    public FileKey unwrap(byte[] wrapped, byte[] context) throws IOException {
        return keys.unwrap(wrapped, context);
    }

    /** Whether a key is wrapped with the newest master key. */
    public boolean isUnderNewest(byte[] wrapped) throws CorruptionException {
        return KeyRing.generationOf(wrapped).equals(keys.newest());
    }
}
