package io.varve.storage;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.Mirror;
import io.varve.storage.journal.JournalFiles;
import io.varve.storage.metadata.RocksMetadataOptions;
import io.varve.storage.sealing.KeyRing;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Gives a store that no server holds a new master key (one that a server holds gets it by {@link LiveKeyRotation}): makes the key, wraps the keys of all files by it, and takes the old one out of FORMAT. Content is not written
 * again. Broken off at any point, the store opens with both keys, and the next rotation goes on.
 */
public final class KeyRotation {
    private KeyRotation() {}

    /**
     * What was done.
     *
     * @param newest the master key that the store has now
     * @param files how many files got it
     * @param left files with a damaged header, which stay under an older key; then FORMAT names that one, too
     * @param superseded keys that the store does not need any more
     */
    public record Report(KeyRing.Generation newest, int files, List<String> left, List<KeyRing.Generation> superseded) {
        public Report {
            left = List.copyOf(left);
            superseded = List.copyOf(superseded);
        }
    }

    /**
     * The master keys of a store.
     *
     * @param needed those that its files may be sealed under
     * @param present those in the directory of keys
     */
    public record Keys(List<KeyRing.Generation> needed, List<KeyRing.Generation> present) {
        public Keys {
            needed = List.copyOf(needed);
            present = List.copyOf(present);
        }
    }

    /**
     * Says which master keys there are.
     *
     * @throws DataDirectoryHeldException if a server holds the store
     */
    public static Keys keys(EngineSettings settings) throws IOException {
        try (Opening opening = new Opening()) {
            DataDirectory directory = opening.add(open(settings.dataDirectory()));
            Path keys = settings.encryption()
                    .keysDirectory()
                    .orElse(directory.path().resolve("keys"));
            return new Keys(directory.masterKeys(), KeyRing.open(keys).generations());
        }
    }

    /**
     * Rotates, or goes on with a rotation that was broken off.
     *
     * @throws DataDirectoryHeldException if a server holds the store
     * @throws IOException if the store is not encrypted, a key is missing, or a disk fails
     */
    public static Report rotate(EngineSettings settings) throws IOException {
        try (Opening opening = new Opening()) {
            DataDirectory directory = opening.add(open(settings.dataDirectory()));
            // Not as the settings say: that would make a first key.
            AtRest atRest = AtRest.open(
                    directory,
                    new EngineSettings.Encryption(false, settings.encryption().keysDirectory()));
            if (directory.masterKeys().isEmpty()) {
                throw new IOException("The store in " + directory.path()
                        + " was never encrypted, so there is no key to rotate (varve.encryption.at-rest).");
            }
            FileDeviceDirectory journal = FileDeviceDirectory.open(directory.subdirectory("journal"), settings.io());
            Optional<Path> mirror = freshMirror(directory, journal, settings, opening);
            // Until all is done in both places, and where the mirror is not at hand, it is to be compared.
            MirrorCopy.mark(journal);
            KeyRing ring = begin(directory, atRest.sealing().keys());
            if (mirror.isPresent()) {
                MirrorCopy.copyIdentity(directory.path(), mirror.get(), atRest.keysToCopy());
            }
            Rewrapping rewrapping = new Rewrapping(directory.storeId(), new Sealing(ring, false), () -> {});
            rewrap(
                    rewrapping,
                    opening.add(TierDirectories.open(directory, settings.tiers(), settings.io())),
                    journal,
                    mirror,
                    settings);
            Sealing sealing = new Sealing(ring, JournalFiles.newestIsSealed(journal));
            Path metadata = opening.add(MetadataPlace.open(directory, settings.metadataDirectory()))
                    .path();
            new RocksSource(metadata, RocksMetadataOptions.DEFAULTS.cacheBytes(), sealing, directory.storeId())
                    .open()
                    .close();
            List<KeyRing.Generation> superseded = new ArrayList<>();
            if (rewrapping.left().isEmpty()) {
                superseded.addAll(directory.masterKeys());
                superseded.remove(ring.newest());
                directory.nameMasterKeys(List.of(ring.newest()));
            }
            if (mirror.isPresent()) {
                MirrorCopy.copyIdentity(directory.path(), mirror.get(), atRest.keysToCopy());
                journal.delete(Mirror.MARKER);
                journal.sync();
            }
            return new Report(ring.newest(), rewrapping.files(), rewrapping.left(), superseded);
        }
    }

    private static DataDirectory open(Path data) throws IOException {
        return DataDirectory.open(data, DataDirectory.chunkingOf(data));
    }

    /** Makes the new key, unless a rotation to the newest one has begun; FORMAT names it before a file is under it. */
    static KeyRing begin(DataDirectory directory, KeyRing present) throws IOException {
        List<KeyRing.Generation> named = directory.masterKeys();
        if (named.size() > 1 && named.contains(present.newest())) {
            return present;
        }
        KeyRing ring = present.withNewGeneration();
        List<KeyRing.Generation> more = new ArrayList<>(named);
        more.add(ring.newest());
        directory.nameMasterKeys(more);
        return ring;
    }

    /** The mirror, held, if there is one that has all the store has. */
    private static Optional<Path> freshMirror(
            DataDirectory directory, DeviceDirectory journal, EngineSettings settings, Opening opening)
            throws IOException {
        Optional<Path> mirror = settings.safety().mirror();
        if (mirror.isEmpty() || !Files.exists(mirror.get().resolve("FORMAT")) || journal.exists(Mirror.MARKER)) {
            return Optional.empty();
        }
        opening.add(DataDirectory.lock(mirror.get()));
        boolean ours =
                DataDirectory.storeIdOf(mirror.get()).equals(directory.storeId().toString());
        return ours ? mirror : Optional.empty();
    }

    /** Goes through all tiers and the journal, with the mirror's copies and those of checkpoints beside them. */
    private static void rewrap(
            Rewrapping rewrapping,
            TierDirectories tiers,
            DeviceDirectory journal,
            Optional<Path> mirror,
            EngineSettings settings)
            throws IOException {
        List<Rewrapping.Copies> segmentCopies = new ArrayList<>();
        List<Rewrapping.Copies> journalCopies = new ArrayList<>();
        if (mirror.isPresent()) {
            segmentCopies.add(Rewrapping.Copies.required(
                    FileDeviceDirectory.open(mirror.get().resolve("segments"), settings.io())));
            journalCopies.add(Rewrapping.Copies.required(
                    FileDeviceDirectory.open(mirror.get().resolve("journal"), settings.io())));
        }
        CheckpointCopies.place(settings.safety())
                .map(Rewrapping.Copies::required)
                .ifPresent(journalCopies::add);
        for (DeviceDirectory tier : tiers.devices().values()) {
            rewrapping.run(tier, segmentCopies);
        }
        rewrapping.run(journal, journalCopies);
    }
}
