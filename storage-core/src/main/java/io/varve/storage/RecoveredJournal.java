package io.varve.storage;

import io.varve.storage.commit.Recovery;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.journal.Journal;
import io.varve.storage.journal.JournalOptions;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal of a store, and what was replayed from it.
 *
 * @param journal opened and replayed
 * @param result the metadata that came of it
 */
record RecoveredJournal(Journal journal, Recovery.Result result) {
    private static final Logger LOG = LoggerFactory.getLogger(RecoveredJournal.class);

    /** How a journal becomes metadata. */
    @FunctionalInterface
    interface Replaying {
        Recovery.Result recover(Journal journal) throws IOException;
    }

    /**
     * Opens and replays a journal. Where that fails, what is damaged may be whole in the mirror: then it is mended from there, and tried
     * once more.
     *
     * @param opening closes the journal if the store cannot be opened
     * @throws IOException why it failed, if there is nothing to mend it from
     */
    static RecoveredJournal open(
            UUID store,
            DeviceDirectory files,
            Sealing sealing,
            Optional<MirrorCopy> mirror,
            Opening opening,
            Replaying replaying)
            throws IOException {
        try {
            return openOnce(store, files, sealing, opening, replaying);
        } catch (IOException damage) {
            int mended = mirror.isPresent() ? mend(mirror.get(), sealing, damage) : 0;
            if (mended == 0) {
                throw damage;
            }
            LOG.warn("The journal has been mended from the mirror in {} places: {}", mended, damage.getMessage());
            return openOnce(store, files, sealing, opening, replaying);
        }
    }

    private static int mend(MirrorCopy mirror, Sealing sealing, IOException damage) {
        try {
            return mirror.mendJournal(sealing);
        } catch (IOException e) {
            damage.addSuppressed(e);
            return 0;
        }
    }

    private static RecoveredJournal openOnce(
            UUID store, DeviceDirectory files, Sealing sealing, Opening opening, Replaying replaying)
            throws IOException {
        Journal journal = opening.add(Journal.open(files, store, JournalOptions.defaults(), sealing));
        return new RecoveredJournal(journal, replaying.recover(journal));
    }
}
