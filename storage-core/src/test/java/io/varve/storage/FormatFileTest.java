package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.sealing.KeyRing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormatFileTest {
    @Test
    void theGoldenFileIsReadAndWrittenBackAsItWas(@TempDir Path data) throws IOException {
        String golden = DeviceFiles.golden(FormatFileTest.class, "FORMAT-2.txt");
        Files.writeString(data.resolve("FORMAT"), golden);
        try (DataDirectory directory = DataDirectory.open(data, ChunkingParameters.DEFAULT)) {
            assertThat(directory.storeId()).hasToString("5d0b7a52-5f0e-4c1c-9d3f-0123456789ab");
            assertThat(DataDirectory.encode(directory.storeId(), directory.chunking()))
                    .isEqualTo(golden);
        }
    }

    @Test
    void theGoldenFileOfAnEncryptedStoreIsReadAndWrittenBackAsItWas(@TempDir Path data) throws IOException {
        String golden = DeviceFiles.golden(FormatFileTest.class, "FORMAT-3.txt");
        Files.writeString(data.resolve("FORMAT"), golden);
        try (DataDirectory directory = DataDirectory.open(data, ChunkingParameters.DEFAULT)) {
            assertThat(directory.masterKeys())
                    .containsExactly(
                            new KeyRing.Generation(1, "02d449a31fbb267c"),
                            new KeyRing.Generation(2, "0123456789abcdef"));
            assertThat(DataDirectory.encode(directory.storeId(), directory.chunking(), directory.masterKeys()))
                    .isEqualTo(golden);
            directory.nameMasterKeys(directory.masterKeys());
            assertThat(data.resolve("FORMAT")).hasContent(golden);
        }
    }

    @ParameterizedTest
    @CsvSource({"2, keys=1:02d449a31fbb267c", "3, keys=", "3, keys=1:02d449a31fbb267", "3, nothing=1"})
    void keysThatDoNotFitTheVersionAreDamage(String version, String keys, @TempDir Path data) throws IOException {
        String text = DeviceFiles.golden(FormatFileTest.class, "FORMAT-2.txt").replace("format=2", "format=" + version);
        Files.writeString(data.resolve("FORMAT"), text + keys + "\n");
        assertThatThrownBy(() -> DataDirectory.open(data, ChunkingParameters.DEFAULT))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("FORMAT is damaged");
    }

    /** What another version wrote is neither read nor touched. */
    @ParameterizedTest
    @CsvSource({
        "1, An earlier Varve made it",
        "0, An earlier Varve made it",
        "4, A newer Varve made it",
        "x, A newer Varve made it"
    })
    void otherVersionsAreRefused(String version, String reason, @TempDir Path data) throws IOException {
        String text = DeviceFiles.golden(FormatFileTest.class, "FORMAT-2.txt").replace("format=2", "format=" + version);
        Files.writeString(data.resolve("FORMAT"), text);
        Path journal = Files.createDirectory(data.resolve("journal"));
        Files.writeString(journal.resolve("0000000000000001.log"), "of another version");
        assertThatThrownBy(() -> DataDirectory.open(data, ChunkingParameters.DEFAULT))
                .isExactlyInstanceOf(IOException.class)
                .hasMessageContaining(
                        "has format version '" + version + "', this Varve reads versions 2 and 3. " + reason);
        assertThatThrownBy(() -> OfflineStore.rebuild(EngineSettings.of(data), false, (commits, sequence) -> {}))
                .hasMessageContaining(reason);
        assertThat(data.resolve("FORMAT")).hasContent(text);
        try (Stream<Path> files = Files.walk(data)) {
            assertThat(files.map(path -> data.relativize(path).toString()))
                    .containsExactlyInAnyOrder("", "FORMAT", "LOCK", "journal", "journal/0000000000000001.log");
        }
    }
}
