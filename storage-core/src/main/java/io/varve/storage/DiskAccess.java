package io.varve.storage;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.IoEngine;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says how each directory of a store is read and written, and why: in the log, and as meters. */
final class DiskAccess {
    private static final Logger LOG = LoggerFactory.getLogger(DiskAccess.class);

    private DiskAccess() {}

    static void tell(TierDirectories tiers, FileDeviceDirectory journal, MeterRegistry meters) {
        Map<String, FileDeviceDirectory> places = new TreeMap<>();
        tiers.devices().forEach((tier, files) -> places.put(tier.text(), files));
        places.put("journal", journal);
        places.forEach((place, files) -> {
            IoEngine engine = files.engine();
            LOG.info(
                    "Disk access in {} ({}): {}. {}",
                    files,
                    place,
                    engine.kind().text(),
                    engine.reason());
            Gauge.builder("varve.io.engine", () -> 1)
                    .description("1; the labels say how files are read and written, and why")
                    .tag("place", place)
                    .tag("engine", engine.kind().text())
                    .tag("reason", engine.reason())
                    .register(meters);
            FunctionCounter.builder("varve.io.retries", files, FileDeviceDirectory::retries)
                    .description("Reads and writes tried again on a network file system")
                    .tag("place", place)
                    .register(meters);
        });
    }
}
