package io.varve.storage.journal;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.journal.GroupVisitor.Verdict;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.LongStream;

/** Groups to log, and a visitor that takes note of what a replay shows. */
final class Groups {

    static final UUID STORE = UUID.fromString("5d0b7a52-5f0e-4c1c-9d3f-0123456789ab");

    /** Holds three groups of a block each. */
    static final JournalOptions SMALL = new JournalOptions(16 << 10);

    /** A visitor's notes. */
    static final class Notes implements GroupVisitor {

        final List<JournalGroup> groups = new ArrayList<>();
        boolean lastInDoubt;
        private final boolean discards;

        private Notes(boolean discards) {
            this.discards = discards;
        }

        @Override
        public Verdict visit(JournalGroup group, boolean inDoubt) {
            groups.add(group);
            lastInDoubt = inDoubt;
            return discards && inDoubt ? Verdict.DISCARD : Verdict.KEEP;
        }

        List<Long> sequences() {
            return groups.stream()
                    .flatMap(group -> group.records().stream())
                    .map(JournalRecord::sequence)
                    .toList();
        }
    }

    private Groups() {}

    /** A group of records whose payloads say their sequences. */
    static JournalGroup of(long... sequences) {
        return new JournalGroup(
                LongStream.of(sequences).mapToObj(Groups::record).toList());
    }

    static JournalRecord record(long sequence) {
        byte[] text = ("commit " + sequence).getBytes(StandardCharsets.US_ASCII);
        return new JournalRecord(sequence, ByteBuffer.wrap(text));
    }

    static JournalGroup large(long sequence, int bytes, Random random) {
        byte[] payload = new byte[bytes];
        random.nextBytes(payload);
        return new JournalGroup(List.of(new JournalRecord(sequence, ByteBuffer.wrap(payload))));
    }

    static Notes keeping() {
        return new Notes(false);
    }

    static Notes discarding() {
        return new Notes(true);
    }

    /** Opens a journal and replays all of it. */
    static Journal open(DeviceDirectory directory) throws IOException {
        return open(directory, keeping());
    }

    static Journal open(DeviceDirectory directory, Notes notes) throws IOException {
        return open(directory, notes, Sealing.NONE);
    }

    static Journal open(DeviceDirectory directory, Notes notes, Sealing sealing) throws IOException {
        Journal journal = Journal.open(directory, STORE, SMALL, sealing);
        try {
            journal.replay(journal.startsAfter(), notes);
            return journal;
        } catch (IOException e) {
            journal.close();
            throw e;
        }
    }

    static Notes replay(DeviceDirectory directory, long after) throws IOException {
        Notes notes = keeping();
        try (Journal journal = Journal.open(directory, STORE, SMALL, Sealing.NONE)) {
            journal.replay(after, notes);
        }
        return notes;
    }
}
