package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunking.ChunkingParameters;
import io.varve.storage.io.DeviceFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormatFileTest {
    @Test
    void theGoldenFileIsReadAndWrittenBackAsItWas(@TempDir Path data) throws IOException {
        String golden = DeviceFiles.golden(FormatFileTest.class, "FORMAT-1.txt");
        Files.writeString(data.resolve("FORMAT"), golden);
        try (DataDirectory directory = DataDirectory.open(data, ChunkingParameters.DEFAULT)) {
            assertThat(directory.storeId()).hasToString("5d0b7a52-5f0e-4c1c-9d3f-0123456789ab");
            assertThat(DataDirectory.encode(directory.storeId(), directory.chunking()))
                    .isEqualTo(golden);
        }
    }
}
