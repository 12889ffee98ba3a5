package io.varve.storage.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.Content;
import io.varve.storage.chunkstore.ManifestChild;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.GoldenRows;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Entries as they are stored, against bytes that were made by another program from the description. */
class EntryRowFormatTest {
    private static final long SEQUENCE = 1_767_225_600_000_000L;

    private static Fingerprint fingerprint(int first) {
        byte[] bytes = new byte[Fingerprint.BYTES];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return Fingerprint.read(ByteBuffer.wrap(bytes));
    }

    private static EntryRow file(Optional<EntityTag> tag, Content content) {
        return new EntryRow(Entry.Kind.FILE, true, SEQUENCE, 0, Optional.empty(), tag, "", Attributes.NONE, content);
    }

    private static EntryRow directory(boolean explicit, long id) {
        return new EntryRow(
                Entry.Kind.DIRECTORY,
                explicit,
                SEQUENCE,
                id,
                Optional.empty(),
                Optional.empty(),
                "",
                Attributes.NONE,
                Content.EMPTY);
    }

    private static Content content(int fingerprint, long length, boolean page) {
        return new Content(List.of(new ManifestChild(fingerprint(fingerprint), length, page)));
    }

    @Test
    void rowsAreReadAndWrittenBackAsTheyWere() throws CorruptionException {
        EntryRow everything = new EntryRow(
                Entry.Kind.FILE,
                true,
                SEQUENCE,
                0,
                Optional.of(Instant.EPOCH.plus(SEQUENCE - 1_000, ChronoUnit.MICROS)),
                Optional.of(new EntityTag("000102030405060708090a0b0c0d0e0f")),
                "text/plain",
                Attributes.of(Map.of("h:cache-control", "no-store", "u:a", "ä")),
                content(0, 65_536, false));
        Map<String, EntryRow> rows = Map.of(
                "file-with-everything",
                everything,
                "directory",
                directory(true, 258),
                "implicit-directory",
                directory(false, 1),
                "empty-file",
                file(Optional.empty(), Content.EMPTY),
                "file-of-parts",
                file(Optional.of(new EntityTag("101112131415161718191a1b1c1d1e1f-300")), content(32, 1L << 40, true)),
                "file-with-tag",
                file(Optional.of(new EntityTag("some tag")), content(32, 1, false)));
        Map<String, byte[]> golden = GoldenRows.read(EntryRowFormatTest.class, "entry-rows-1.txt");
        assertThat(golden).containsOnlyKeys(rows.keySet());
        for (Map.Entry<String, byte[]> row : golden.entrySet()) {
            EntryRow expected = rows.get(row.getKey());
            assertThat(EntryRow.decode(row.getValue())).as(row.getKey()).isEqualTo(expected);
            assertThat(EntryRow.decode(row.getValue()).encode())
                    .as(row.getKey())
                    .isEqualTo(row.getValue());
        }
    }
}
