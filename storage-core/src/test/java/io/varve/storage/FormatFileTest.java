package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.io.DeviceFiles;
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

    /** What another version wrote is neither read nor touched. */
    @ParameterizedTest
    @CsvSource({
        "1, An earlier Varve made it",
        "0, An earlier Varve made it",
        "3, A newer Varve made it",
        "x, A newer Varve made it"
    })
    void otherVersionsAreRefused(String version, String reason, @TempDir Path data) throws IOException {
        String text = DeviceFiles.golden(FormatFileTest.class, "FORMAT-2.txt").replace("format=2", "format=" + version);
        Files.writeString(data.resolve("FORMAT"), text);
        Path journal = Files.createDirectory(data.resolve("journal"));
        Files.writeString(journal.resolve("0000000000000001.log"), "of another version");
        assertThatThrownBy(() -> DataDirectory.open(data, ChunkingParameters.DEFAULT))
                .isExactlyInstanceOf(IOException.class)
                .hasMessageContaining("has format version '" + version + "', this Varve reads version 2. " + reason);
        assertThatThrownBy(
                        () -> OfflineStore.rebuild(data, EngineSettings.Tiers.NONE, false, (commits, sequence) -> {}))
                .hasMessageContaining(reason);
        assertThat(data.resolve("FORMAT")).hasContent(text);
        try (Stream<Path> files = Files.walk(data)) {
            assertThat(files.map(path -> data.relativize(path).toString()))
                    .containsExactlyInAnyOrder("", "FORMAT", "LOCK", "journal", "journal/0000000000000001.log");
        }
    }
}
