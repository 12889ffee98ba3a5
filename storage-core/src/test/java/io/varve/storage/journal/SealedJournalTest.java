package io.varve.storage.journal;

import static io.varve.storage.journal.Groups.STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.sealing.KeyMissingException;
import io.varve.storage.sealing.KeyRing;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.sealing.TestKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted journal files and checkpoints. */
class SealedJournalTest {
    private static final String JOURNAL = "0000000000000001.log";
    private static final String CHECKPOINT = "0000000000000007.ckp";

    private final MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
    private final Sealing sealing = TestKeys.sealed();

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private Groups.Notes replay(Sealing how) throws IOException {
        Groups.Notes notes = Groups.keeping();
        Groups.open(disk, notes, how).close();
        return notes;
    }

    private void fill(Sealing how, long first) throws IOException {
        try (Journal journal = Groups.open(disk, Groups.keeping(), how)) {
            for (long sequence = first; sequence < first + 20; sequence += 2) {
                journal.append(Groups.of(sequence, sequence + 1));
            }
            journal.roll(first + 19);
        }
    }

    private Checkpoints checkpoints(Sealing how) throws IOException {
        return Checkpoints.open(disk, Optional.empty(), STORE, how);
    }

    private void checkpoint(Sealing how) throws IOException {
        try (CheckpointWriter writer = checkpoints(how).begin(7)) {
            writer.write(text("A block of metadata."));
            writer.write(text("Another."));
            writer.commit();
        }
    }

    /** Both were written once with a master key of 32 bytes 0x11. */
    @Test
    void readsTheGoldenFiles(@TempDir Path keys) throws IOException {
        Sealing known = new Sealing(TestKeys.known(keys, 1, 0x11), true);
        DeviceFiles.write(
                disk, JOURNAL, DeviceFiles.parse(DeviceFiles.golden(SealedJournalTest.class, "journal-2.hex")));
        assertThat(replay(known).groups).containsExactly(Groups.of(1, 3), Groups.of(258));
        DeviceFiles.write(
                disk, CHECKPOINT, DeviceFiles.parse(DeviceFiles.golden(SealedJournalTest.class, "checkpoint-2.hex")));
        try (CheckpointReader reader = checkpoints(known).newest(7).orElseThrow()) {
            assertThat(reader.next()).contains(text("A block of metadata."));
            assertThat(reader.next()).contains(text("Another."));
            assertThat(reader.next()).isEmpty();
        }
    }

    @Test
    void filesOfBothKindsAreOneJournal() throws IOException {
        Sealing off = new Sealing(sealing.keys(), false);
        fill(sealing, 1);
        fill(off, 21);
        fill(sealing, 41);
        assertThat(replay(off).sequences()).hasSize(60).isSorted();
        try (Journal journal = Groups.open(disk, Groups.keeping(), sealing)) {
            assertThat(journal.isAsNew()).isFalse();
            journal.append(Groups.of(61));
            journal.trim(60);
            assertThat(journal.isAsNew()).isTrue();
        }
        JournalFiles.Kinds kinds = JournalFiles.kinds(disk);
        assertThat(kinds.clearBytes()).isZero();
        assertThat(kinds.sealedBytes()).isEqualTo(JournalFiles.bytes(disk)).isPositive();
    }

    @Test
    void nothingOfTheCommitsCanBeSeen() throws IOException {
        fill(sealing, 1);
        checkpoint(sealing);
        for (String name : disk.list()) {
            assertThat(new String(DeviceFiles.read(disk, name), StandardCharsets.ISO_8859_1))
                    .doesNotContain("commit")
                    .doesNotContain("metadata");
        }
    }

    @Test
    void withoutTheKeyNothingIsOpenedOrCalledDamaged() throws IOException {
        fill(sealing, 1);
        checkpoint(sealing);
        for (Sealing wrong : new Sealing[] {Sealing.NONE, TestKeys.sealed(), new Sealing(KeyRing.EMPTY, false)}) {
            assertThatThrownBy(() -> replay(wrong)).isInstanceOf(KeyMissingException.class);
            assertThatThrownBy(() -> checkpoints(wrong).newest(0)).isInstanceOf(KeyMissingException.class);
        }
        assertThat(replay(sealing).sequences()).hasSize(20);
    }

    @Test
    void aFlippedBitInACheckpointIsMet() throws IOException {
        checkpoint(sealing);
        assertThat(checkpoints(sealing).isAsNew()).isTrue();
        byte[] whole = DeviceFiles.read(disk, CHECKPOINT);
        int end = 8_192 + 2 * Checkpoints.BLOCK_HEADER_BYTES + 20 + 8 + 2 * 16 + Checkpoints.FOOTER_BYTES;
        for (int at = 8_192; at < end; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << at % Byte.SIZE);
            DeviceFiles.write(disk, CHECKPOINT, damaged);
            assertThatThrownBy(() -> checkpoints(sealing).newest(7)).isInstanceOf(CorruptionException.class);
        }
    }

    /** Each group is damaged in one copy, and the headers, too. */
    @Test
    void twoCopiesMendEachOther() throws IOException {
        try (Journal journal = Groups.open(disk, Groups.keeping(), sealing)) {
            journal.append(Groups.of(1));
            journal.append(Groups.of(2));
        }
        byte[] whole = DeviceFiles.read(disk, JOURNAL);
        MemoryDeviceDirectory copies = new MemoryDeviceDirectory();
        byte[] mine = whole.clone();
        mine[70] ^= 1;
        mine[4_096 + 70] ^= 1;
        mine[8_192 + 70] ^= 1;
        byte[] theirs = whole.clone();
        theirs[12_288 + 70] ^= 1;
        DeviceFiles.write(disk, JOURNAL, mine);
        DeviceFiles.write(copies, JOURNAL, theirs);
        assertThatThrownBy(() -> replay(sealing)).isInstanceOf(CorruptionException.class);
        assertThat(new JournalMending(disk, copies, STORE, sealing).mendAll()).isEqualTo(2);
        assertThat(DeviceFiles.read(disk, JOURNAL)).isEqualTo(whole);
        assertThat(replay(sealing).sequences()).containsExactly(1L, 2L);
    }

    @Test
    void anEmptyJournalBehindACheckpointIsSealed() throws IOException {
        String name = JournalFiles.begin(disk, STORE, 7, sealing);
        assertThat(JournalFiles.isSealed(disk, name)).isTrue();
        try (Journal journal = Journal.open(disk, STORE, Groups.SMALL, sealing)) {
            assertThat(journal.startsAfter()).isEqualTo(7);
        }
    }
}
