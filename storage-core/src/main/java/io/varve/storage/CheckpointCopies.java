package io.varve.storage;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileDeviceDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where copies of checkpoints go. */
final class CheckpointCopies {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointCopies.class);

    private CheckpointCopies() {}

    /** A second place that is not there is no reason not to start. */
    static Optional<DeviceDirectory> place(EngineSettings.Safety safety) throws IOException {
        Optional<Path> place = safety.checkpointCopies();
        if (place.isEmpty()) {
            return Optional.empty();
        }
        if (!Files.isDirectory(place.get())) {
            LOG.warn(
                    "There is no directory {} for copies of checkpoints; two are kept beside the journal.",
                    place.get());
            return Optional.empty();
        }
        return Optional.of(FileDeviceDirectory.open(place.get()));
    }
}
