package io.varve.storage;

import io.varve.storage.fingerprint.VectorLanes;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out, beside everything else, which ways of hashing are fast here: once for a process, however many stores it opens. */
final class Calibration {
    private static final Logger LOG = LoggerFactory.getLogger(Calibration.class);
    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private Calibration() {}

    static void start() {
        if (STARTED.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("varve-calibration").start(Calibration::run);
        }
    }

    private static void run() {
        VectorLanes.calibrate(System::nanoTime);
        LOG.info("Vector lanes: SHA-256 {}, XXH3 {}", VectorLanes.haveSha256(), VectorLanes.haveXxh3());
    }
}
