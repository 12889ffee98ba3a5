package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.Reencoder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.function.BooleanSupplier;

/** The job that has chunks stored in fewer bytes when they have stayed for a while. One round at a time. */
final class Reencoding {
    private final Reencoder reencoder;
    private final InstantSource clock;
    private final Duration after;

    /** @param after how long a version stays as it arrived */
    Reencoding(Reencoder reencoder, InstantSource clock, Duration after) {
        this.reencoder = reencoder;
        this.clock = clock;
        this.after = after;
    }

    /**
     * Encodes what is due.
     *
     * @param all whether everything is, however new
     * @param stopped asked after each step
     * @return how many stored bytes are needed no more
     */
    long run(boolean all, Pace pace, BooleanSupplier stopped) throws IOException {
        long due = all ? Long.MAX_VALUE : due();
        long saved = 0;
        Reencoder.Step step;
        do {
            long begun = System.nanoTime();
            step = reencoder.step(due);
            saved += step.bytesSaved();
            pace.giveWay(begun);
            pace.keepRate(begun, step.bytes());
        } while (!step.finished() && !stopped.getAsBoolean());
        return saved;
    }

    /**
     * The newest commit that is due. It moves on in strides of the waiting time: what arrived within one becomes due together, so that
     * frames fill with neighbours even if little arrives.
     */
    private long due() {
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        long stride = Math.max(1, after.toNanos() / 1000);
        return (now - stride) / stride * stride;
    }
}
