package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.maintenance.Backup;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.segment.SegmentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup beside background work. */
class BackupRaceTest {
    @TempDir
    Path home;

    /** The collector has found a segment empty when the backup begins, and deletes it a moment later. */
    @Test
    void anEmptySegmentMayGoWhileOthersAreCopied() throws IOException {
        Path data = Files.createDirectories(home.resolve("data"));
        Files.createFile(data.resolve("FORMAT"));
        FileDeviceDirectory journal = FileDeviceDirectory.open(Files.createDirectory(data.resolve("journal")));
        FileDeviceDirectory files = FileDeviceDirectory.open(Files.createDirectory(data.resolve("segments")));
        try (StoreFixture store = new StoreFixture(journal, files, false, Instant.parse("2026-01-01T00:00:00Z"))) {
            store.namespace().createBucket("bucket", "tester");
            store.put(new EntryPath("bucket", "gone"), content(1));
            store.segments().seal();
            int empty = store.segments().ids().getLast();
            store.put(new EntryPath("bucket", "stays"), content(2));
            store.namespace().delete(new EntryPath("bucket", "gone"), WriteOptions.keys("tester"));
            store.settleChunksOnly();
            Backup backup = new Backup(
                    data,
                    Optional.empty(),
                    Sealing.NONE,
                    name -> {
                        if (!name.equals(SegmentStore.fileName(empty))) {
                            delete(store.segments(), empty);
                        }
                        return data.resolve("segments").resolve(name);
                    },
                    StoreParts.STORE,
                    store.segments(),
                    store.metadata);

            Backup.Report report = backup.run(home.resolve("backup"), false, new JobControl());

            assertThat(report.files()).isEqualTo(1);
            assertThat(store.segments().ids()).doesNotContain(empty).isNotEmpty();
        }
    }

    private static void delete(SegmentStore segments, int segment) {
        try {
            segments.delete(segment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] content(int seed) {
        byte[] bytes = new byte[50_000];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
