package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.Rebaser;
import io.varve.storage.chunkstore.Reencoder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** The job that has chunks stored in fewer bytes when they have stayed for a while. One round at a time. */
final class Reencoding {
    /** Steps of a patient round: ten thousand bases looked at, or ten freed. */
    private static final int REBASE_STEPS = 10;

    private final Reencoder reencoder;
    private final Rebaser rebaser;
    private final InstantSource clock;
    private volatile Duration after;

    /** Whether a walk over the bases is under way, and whether another one is wanted. The first finds what earlier runs left. */
    private boolean walking;

    private boolean wanted = true;

    /** @param after how long a version stays as it arrived */
    Reencoding(Reencoder reencoder, InstantSource clock, Duration after) {
        this.reencoder = reencoder;
        this.rebaser = reencoder.rebaser();
        this.clock = clock;
        this.after = after;
    }

    /**
     * Encodes what is due; impatiently everything is that has arrived, however new. Who waits for the end does not wait for what arrives
     * meanwhile: with writers at work there would be none.
     *
     * @return how many stored bytes are needed no more
     */
    long run(Pace pace) throws IOException {
        long due = pace.patient() ? due() : reencoder.newestCommit();
        long saved = 0;
        Reencoder.Step step;
        do {
            long begun = System.nanoTime();
            step = reencoder.step(due);
            saved += step.bytesSaved();
            pace.giveWay(begun);
            pace.keepRate(begun, step.bytes());
        } while (!step.finished() && !pace.isOver());
        return saved;
    }

    void adjust(Duration changed) {
        after = changed;
    }

    /** Notes that chunks have lost references: what was a base and more may be a base alone. */
    void referencesWent() {
        wanted = true;
    }

    /**
     * Gives deltas another base where that frees a chunk that only they hold; nothing if no chunk lost a reference since the last walk.
     * Patiently it walks through some of the bases, and the next ones the next time.
     *
     * @return how many stored bytes are needed no more when those chunks are collected
     */
    long rebase(Pace pace) throws IOException {
        boolean all = !pace.patient();
        if (wanted && (all || !walking)) {
            rebaser.restart();
            wanted = false;
            walking = true;
        }
        long saved = 0;
        for (int steps = 0; walking && (all || steps < REBASE_STEPS) && !pace.isOver(); steps++) {
            long begun = System.nanoTime();
            Rebaser.Step step = rebaser.step();
            saved += step.bytesSaved();
            walking = !step.finished();
            pace.giveWay(begun);
            pace.keepRate(begun, step.bytes());
        }
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
