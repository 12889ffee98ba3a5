package io.varve.storage.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JobsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Jobs jobs = new Jobs(() -> NOW);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch mayEnd = new CountDownLatch(1);

    private Object untilTold(JobControl control) throws IOException {
        control.begin("counting", 10);
        control.advance(4);
        begun.countDown();
        await(mayEnd);
        control.requireWanted();
        return "all";
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(120, TimeUnit.SECONDS)) {
                throw new IOException("nobody came");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Jobs.Job ended(Jobs.Job job) {
        while (jobs.find(job.id()).orElseThrow().state() == Jobs.State.RUNNING) {
            Thread.onSpinWait();
        }
        return jobs.find(job.id()).orElseThrow();
    }

    @AfterEach
    void close() {
        mayEnd.countDown();
        jobs.close();
    }

    @Test
    void aJobIsWatchedToItsEnd() throws IOException {
        Jobs.Job job = jobs.start("count", this::untilTold);
        await(begun);
        assertThat(jobs.find(job.id()).orElseThrow())
                .isEqualTo(
                        new Jobs.Job(job.id(), "count", Jobs.State.RUNNING, NOW, null, "counting", 4, 10, null, null));
        assertThatThrownBy(() -> jobs.start("count", this::untilTold))
                .isInstanceOf(Jobs.AlreadyRunningException.class)
                .hasMessageContaining("number " + job.id());
        Jobs.Job other = jobs.start("other", control -> 1);
        assertThat(ended(other).result()).isEqualTo(1);
        mayEnd.countDown();
        assertThat(ended(job).state()).isEqualTo(Jobs.State.DONE);
        assertThat(ended(job).result()).isEqualTo("all");
        assertThat(jobs.list()).extracting(Jobs.Job::id).containsExactly(other.id(), job.id());
        assertThat(jobs.cancel(job.id())).as("it has ended").isFalse();
    }

    @Test
    void jobsThatMayNotRunBesideEachOtherDoNot() throws IOException {
        Jobs.Job job = jobs.start("copy", Set.of("change"), this::untilTold);
        await(begun);
        assertThatThrownBy(() -> jobs.start("change", Set.of("copy"), control -> 1))
                .isInstanceOf(Jobs.AlreadyRunningException.class)
                .hasMessageContaining("'copy'");
        mayEnd.countDown();
        ended(job);
        assertThat(ended(jobs.start("change", Set.of("copy"), control -> 1)).result())
                .isEqualTo(1);
    }

    @Test
    void aCancelledJobStopsAtItsNextStep() throws IOException {
        Jobs.Job job = jobs.start("count", this::untilTold);
        await(begun);
        assertThat(jobs.cancel(job.id())).isTrue();
        mayEnd.countDown();
        assertThat(ended(job).state()).isEqualTo(Jobs.State.CANCELLED);
        assertThat(jobs.cancel(99)).isFalse();
    }

    @Test
    void aJobThatFailsSaysWhy() throws IOException {
        Jobs.Job job = jobs.start("fail", control -> {
            throw new IOException("the disk is gone");
        });
        assertThat(ended(job).state()).isEqualTo(Jobs.State.FAILED);
        assertThat(ended(job).failure()).isEqualTo("the disk is gone");
        assertThat(ended(jobs.start("fail", control -> 2)).state()).isEqualTo(Jobs.State.DONE);
        Jobs.Job broken = jobs.start("fail", control -> {
            throw new StackOverflowError("too deep");
        });
        assertThat(ended(broken).failure()).isEqualTo("too deep");
    }

    @Test
    void onlySoManyEndedJobsAreRemembered() throws IOException {
        for (int i = 0; i < 200; i++) {
            ended(jobs.start("short", control -> 1));
        }
        assertThat(jobs.list()).hasSizeBetween(50, 52);
    }
}
