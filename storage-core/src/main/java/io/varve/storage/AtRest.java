package io.varve.storage;

import io.varve.storage.access.MasterKey;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.journal.JournalFiles;
import io.varve.storage.sealing.KeyRing;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encryption at rest of one store: where its keys lie, and what lies in clear.
 *
 * <p>FORMAT names the master keys that files may be sealed under, before the first one is. So a start without them is refused before anything
 * is touched, and a program that does not know sealed files refuses the store.
 */
public final class AtRest {
    private static final Logger LOG = LoggerFactory.getLogger(AtRest.class);

    private final DataDirectory directory;
    private final Path keys;
    private final boolean keysElsewhere;
    private final Sealing sealing;

    private AtRest(DataDirectory directory, Path keys, boolean keysElsewhere, Sealing sealing) {
        this.directory = directory;
        this.keys = keys;
        this.keysElsewhere = keysElsewhere;
        this.sealing = sealing;
    }

    /**
     * Looks for the keys of a store, and makes the first one if it is to be encrypted from now on.
     *
     * @throws io.varve.storage.sealing.KeyMissingException if a key that it needs is not there; then nothing was changed
     */
    static AtRest open(DataDirectory directory, EngineSettings.Encryption settings) throws IOException {
        Optional<Path> elsewhere = settings.keysDirectory();
        Path keys = elsewhere.isPresent() ? elsewhere.get() : directory.subdirectory("keys");
        if (!Files.isDirectory(keys)) {
            throw new IOException("There is no directory " + keys
                    + " for the keys (varve.keys.dir): make it, mode 0700, or" + " mount what it lies on.");
        }
        Path left = directory.path().resolve("keys").resolve(MasterKey.FILE);
        if (elsewhere.isPresent() && Files.exists(left) && !Files.exists(keys.resolve(MasterKey.FILE))) {
            throw new IOException("The keys of the store lie in " + left.getParent() + ", not in " + keys
                    + " as varve.keys.dir says: move all files of that directory, or take the setting back.");
        }
        KeyRing ring = KeyRing.open(keys);
        ring.require(directory.masterKeys());
        if (settings.atRest()) {
            if (ring.isEmpty()) {
                ring = ring.withNewGeneration();
                LOG.warn(
                        "A master key for encryption at rest was made: {}. Keep a copy of it on no disk of this store: without it"
                                + " nobody can read the store.",
                        keys.resolve(ring.newest().file()));
            }
            if (!directory.masterKeys().contains(ring.newest())) {
                List<KeyRing.Generation> named = new ArrayList<>(directory.masterKeys());
                named.add(ring.newest());
                directory.nameMasterKeys(named);
            }
        }
        return new AtRest(directory, keys, elsewhere.isPresent(), new Sealing(ring, settings.atRest()));
    }

    /**
     * For who looks at a store that no server holds, or works on it for a moment: it goes on as the store was written last, whatever the settings of that call say. Makes no
     * key, and changes nothing.
     *
     * @param keysDirectory where all keys lie; empty for {@code keys} in the data directory
     */
    static Sealing asItIs(DataDirectory directory, DeviceDirectory journal, Optional<Path> keysDirectory)
            throws IOException {
        KeyRing ring = open(directory, new EngineSettings.Encryption(false, keysDirectory))
                .sealing()
                .keys();
        return new Sealing(ring, !ring.isEmpty() && JournalFiles.newestIsSealed(journal));
    }

    Sealing sealing() {
        return sealing;
    }

    /** Where all keys lie. */
    Path keys() {
        return keys;
    }

    /** Where the keys lie that go along with copies of the data; empty if they are kept away from the data. */
    Optional<Path> keysToCopy() {
        return keysElsewhere ? Optional.empty() : Optional.of(keys);
    }

    /**
     * What the files of segments and journal have in them.
     *
     * @param clearBytes in files that are not encrypted
     * @param sealedBytes in files that are
     */
    public record Stored(long clearBytes, long sealedBytes) {}

    /** What lies in clear, and what does not. Reads the header of each segment once, and of the journal's few files every time. */
    Stored stored(SegmentStore segments, DeviceDirectory journal) throws IOException {
        long inSegments = segments.statistics().storedBytes();
        if (directory.masterKeys().isEmpty()) {
            // Without a key there is nothing that is encrypted: no file is read for that.
            return new Stored(inSegments + JournalFiles.bytes(journal), 0);
        }
        JournalFiles.Kinds inJournal = JournalFiles.kinds(journal);
        long sealed = segments.sealedBytes();
        return new Stored(Math.max(0, inSegments - sealed) + inJournal.clearBytes(), sealed + inJournal.sealedBytes());
    }
}
