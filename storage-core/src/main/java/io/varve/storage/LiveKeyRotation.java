package io.varve.storage;

import io.varve.storage.commit.Committer;
import io.varve.storage.commit.MetadataCheckpoints;
import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.Mirror;
import io.varve.storage.journal.Journal;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.maintenance.MirrorKeeper;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.SealedMetadataStore;
import io.varve.storage.sealing.KeyRing;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the store a new master key while it serves. As with {@link KeyRotation}, content is not written again, what was done is seen in the files
 * themselves, and broken off at any point the store opens with both keys and the next rotation, of either kind, goes on.
 *
 * <p>The order is what makes it safe. FORMAT names the new key before anything is wrapped by it. Then every new file gets it. Files that were
 * being made at that moment, with a header that is wrapped by the old key and may not have reached the disk, are ended: the open segments are sealed, and the journal and
 * the checkpoints waited for. So all that is still under the old key has a name and a header on the disk, and is gone through. FORMAT
 * loses the old key when nothing is left under it.
 */
final class LiveKeyRotation {
    private static final Logger LOG = LoggerFactory.getLogger(LiveKeyRotation.class);

    private final Places places;
    private final Parts parts;
    private final Optional<MirrorCopy> mirror;
    private final Optional<MirrorKeeper> mirrorKeeper;

    /** Where files of the store lie. */
    record Places(
            DataDirectory directory,
            AtRest atRest,
            TierDirectories tiers,
            DeviceDirectory journal,
            EngineSettings.Safety safety) {}

    /** What writes them. */
    record Parts(
            SegmentStore segments,
            Journal journal,
            MetadataCheckpoints checkpoints,
            MetadataStore metadata,
            Committer committer) {}

    LiveKeyRotation(Places places, Parts parts, Optional<MirrorCopy> mirror, Optional<MirrorKeeper> mirrorKeeper) {
        this.places = places;
        this.parts = parts;
        this.mirror = mirror;
        this.mirrorKeeper = mirrorKeeper;
    }

    /**
     * Rotates, or goes on with a rotation that was broken off.
     *
     * @throws IOException if the store is not encrypted, or a disk fails
     */
    KeyRotation.Report run(JobControl control) throws IOException {
        if (places.directory().masterKeys().isEmpty()) {
            throw new IOException(
                    "The store was never encrypted, so there is no key to rotate" + " (varve.encryption.at-rest).");
        }
        control.begin("waiting for the mirror's own work", 0);
        List<KeyRotation.Report> report = new ArrayList<>();
        if (mirrorKeeper.isPresent()) {
            mirrorKeeper.get().whileItRests(() -> report.add(rotate(control)));
        } else {
            report.add(rotate(control));
        }
        return report.getFirst();
    }

    private KeyRotation.Report rotate(JobControl control) throws IOException {
        requireWanted(control);
        control.begin("making the new key known", 0);
        DataDirectory directory = places.directory();
        Sealing sealing = places.atRest().sealing();
        KeyRing keys = sealing.keys();
        KeyRing more = KeyRotation.begin(directory, keys);
        tellMirror();
        keys.adopt(more);
        parts.segments().seal();
        parts.journal().roll(parts.committer().publishedSequence());
        if (parts.metadata() instanceof SealedMetadataStore sealed) {
            sealed.renewKeys();
        }
        int total = Rewrapping.amount(places.journal());
        for (DeviceDirectory tier : places.tiers().devices().values()) {
            total += Rewrapping.amount(tier);
        }
        control.begin("wrapping the keys of files", total);
        Rewrapping rewrapping = new Rewrapping(directory.storeId(), sealing, () -> {
            requireWanted(control);
            control.advance(1);
        });
        goThrough(rewrapping);
        if (!rewrapping.left().isEmpty()) {
            // A file that was just begun has no header on the disk yet.
            parts.segments().seal();
            rewrapping.forgetLeft();
            control.begin("looking once more at files that could not be read", total);
            goThrough(rewrapping);
        }
        List<KeyRing.Generation> superseded = new ArrayList<>();
        if (rewrapping.left().isEmpty()) {
            superseded.addAll(directory.masterKeys());
            superseded.remove(keys.newest());
            directory.nameMasterKeys(List.of(keys.newest()));
        }
        tellMirror();
        LOG.info(
                "{} files are under the master key {} now. Keep a copy of it on no disk of this store.",
                rewrapping.files(),
                keys.newest().file());
        return new KeyRotation.Report(keys.newest(), rewrapping.files(), rewrapping.left(), superseded);
    }

    /** Whoever asked for it, the store's end is its end. */
    private void requireWanted(JobControl control) throws IOException {
        control.requireWanted();
        if (mirrorKeeper.isPresent()) {
            mirrorKeeper.get().requireOpen();
        }
    }

    /** A server can be started on the mirror at any moment; one that is stale gets files under the new key when it is copied to. */
    private void tellMirror() {
        mirror.ifPresent(copy -> copy.copyIdentity(places.atRest().keysToCopy()));
    }

    private void goThrough(Rewrapping rewrapping) throws IOException {
        List<Rewrapping.Copies> segmentCopies = new ArrayList<>();
        List<Rewrapping.Copies> journalCopies = new ArrayList<>();
        mirror.ifPresent(copy -> {
            segmentCopies.add(inMirror(copy, copy.segments().secondary()));
            journalCopies.add(inMirror(copy, copy.journal().secondary()));
        });
        CheckpointCopies.place(places.safety()).map(Rewrapping.Copies::required).ifPresent(journalCopies::add);
        for (DeviceDirectory tier : places.tiers().devices().values()) {
            rewrapping.run(tier, segmentCopies);
        }
        parts.checkpoints().whileNoneIsWritten(() -> rewrapping.run(places.journal(), journalCopies));
    }

    /** Whatever fails there makes the mirror stale, and is compared later. */
    private static Rewrapping.Copies inMirror(MirrorCopy copy, DeviceDirectory place) {
        Mirror state = copy.mirror();
        return new Rewrapping.Copies(place, () -> state.state() == Mirror.State.FRESH, state::fail);
    }
}
