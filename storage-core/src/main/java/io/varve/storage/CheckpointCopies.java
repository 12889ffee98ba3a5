package io.varve.storage;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.TimedCalls;
import io.varve.storage.io.TimedDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where copies of checkpoints go. As the mirror, it may be a network file system that does not answer. */
final class CheckpointCopies {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointCopies.class);

    private CheckpointCopies() {}

    /** A second place that is not there is no reason not to start. */
    static Optional<DeviceDirectory> place(EngineSettings.Safety safety) throws IOException {
        Optional<Path> place = safety.checkpointCopies();
        if (place.isEmpty()) {
            return Optional.empty();
        }
        TimedCalls calls =
                new TimedCalls("The directory of checkpoint copies, " + place.get() + ",", safety.mirrorTimeout());
        try {
            if (calls.call(() -> Files.isDirectory(place.get()))) {
                return Optional.of(TimedDirectory.open(calls, () -> FileDeviceDirectory.open(place.get())));
            }
            LOG.warn(
                    "There is no directory {} for copies of checkpoints; two are kept beside the journal.",
                    place.get());
        } catch (TimedCalls.NotAnsweringException e) {
            LOG.warn("{} Two checkpoints are kept beside the journal.", e.getMessage());
        }
        return Optional.empty();
    }
}
