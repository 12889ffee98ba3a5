package io.varve.storage.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.journal.Groups.Notes;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.sealing.TestKeys;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The power fails at every write, sync and change of a name in turn. Afterwards the journal is what was appended and answered, plus at
 * most one group that was on its way; and it stays so through discards, further runs and further crashes.
 */
class JournalCrashTest {

    private static final int OUTCOMES_PER_CRASH = 3;

    /** A client that knows which groups were answered, and which one it does not know about. */
    private static final class Run {
        final List<JournalGroup> answered = new ArrayList<>();
        final List<JournalGroup> unknown = new ArrayList<>();
        private final Random random = new Random(3);
        private final Sealing sealing;
        private long sequence;
        private long trimmed;

        Run(Sealing sealing) {
            this.sealing = sealing;
        }

        void perform(MemoryDeviceDirectory disk) throws IOException {
            for (int start = 0; start < 3; start++) {
                try (Journal journal = Groups.open(disk, Groups.keeping(), sealing)) {
                    for (int i = 0; i < 5; i++) {
                        append(journal);
                    }
                    if (start == 1) {
                        journal.roll(sequence);
                        trimmed = sequence - 1;
                        journal.trim(trimmed);
                    }
                }
            }
        }

        void append(Journal journal) throws IOException {
            long first = sequence + 1;
            boolean large = random.nextInt(4) == 0;
            JournalGroup group = large ? Groups.large(first, 9_000, random) : Groups.of(first, first + 1);
            sequence = group.lastSequence();
            unknown.add(group);
            journal.append(group);
            unknown.remove(group);
            answered.add(group);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyAnsweredGroupSurvivesACrashAnywhere(boolean sealed) throws IOException {
        Sealing sealing = sealed ? TestKeys.sealed() : Sealing.NONE;
        MemoryDeviceDirectory whole = new MemoryDeviceDirectory();
        new Run(sealing).perform(whole);
        assertThat(whole.mutations()).isGreaterThan(50);
        for (long crash = 1; crash <= whole.mutations(); crash++) {
            for (long seed = 0; seed < OUTCOMES_PER_CRASH; seed++) {
                MemoryDeviceDirectory disk = new MemoryDeviceDirectory();
                disk.crashAt(crash);
                Run run = new Run(sealing);
                try {
                    run.perform(disk);
                } catch (IOException e) {
                    assertThat(e).isNotInstanceOf(CorruptionException.class);
                }
                recover(run, disk.crash(seed), "crash at " + crash + ", seed " + seed);
            }
        }
    }

    private static void recover(Run run, MemoryDeviceDirectory disk, String when) throws IOException {
        assertHolds(run, disk, Groups.keeping(), when);
        Notes notes = Groups.discarding();
        try (Journal journal = Journal.open(disk, Groups.STORE, Groups.SMALL, run.sealing)) {
            journal.replay(run.trimmed, notes);
            if (journal.lastSequence() < lastOf(run.answered)) {
                // The last answered group was the one in doubt; whoever discards it has lost it by his own decision.
                run.answered.removeLast();
            }
            run.unknown.clear();
            run.append(journal);
        }
        assertHolds(run, disk.crash(0), Groups.keeping(), when + ", then discarded and gone on");
    }

    private static void assertHolds(Run run, MemoryDeviceDirectory disk, Notes notes, String when) throws IOException {
        try (Journal journal = Journal.open(disk, Groups.STORE, Groups.SMALL, run.sealing)) {
            assertThat(journal.startsAfter()).as(when).isLessThanOrEqualTo(run.trimmed);
            journal.replay(run.trimmed, notes);
        }
        List<JournalGroup> expected = run.answered.stream()
                .filter(group -> group.lastSequence() > run.trimmed)
                .toList();
        assertThat(notes.groups.size()).as(when).isBetween(expected.size(), expected.size() + 1);
        List<Long> sequences = notes.sequences();
        List<Long> known = new ArrayList<>();
        expected.forEach(group -> group.records().stream()
                .map(JournalRecord::sequence)
                .filter(sequence -> sequence > run.trimmed)
                .forEach(known::add));
        assertThat(sequences.subList(0, Math.min(known.size(), sequences.size())))
                .as(when)
                .isEqualTo(known);
        if (notes.groups.size() > expected.size()) {
            assertThat(notes.groups.getLast()).as(when).isEqualTo(run.unknown.getFirst());
            assertThat(notes.lastInDoubt).as(when).isTrue();
        }
    }

    private static long lastOf(List<JournalGroup> groups) {
        return groups.isEmpty() ? 0 : groups.getLast().lastSequence();
    }
}
