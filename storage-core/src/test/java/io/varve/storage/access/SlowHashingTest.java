package io.varve.storage.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SlowHashingTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch go = new CountDownLatch(1);

    private String waitForGo() throws InterruptedException {
        begun.countDown();
        assertThat(go.await(1, TimeUnit.MINUTES)).isTrue();
        return "done";
    }

    @Test
    void aFewComputeAtOnceAndTheOthersWait() throws Exception {
        SlowHashing hashing = new SlowHashing(2, 10, LONG);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch both = new CountDownLatch(2);
        Callable<Boolean> work = () -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            both.countDown();
            assertThat(both.await(1, TimeUnit.MINUTES)).isTrue();
            now.decrementAndGet();
            return Thread.currentThread().isVirtual();
        };
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> results = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                results.add(callers.submit(() -> hashing.compute(work)));
            }
            for (Future<Boolean> result : results) {
                assertThat(result.get()).as("on a virtual thread").isFalse();
            }
        }
        assertThat(most).hasValue(2);
    }

    @Test
    void whoFindsTooManyWaitingIsSentAway() throws Exception {
        SlowHashing hashing = new SlowHashing(1, 1, LONG);
        CountDownLatch refused = new CountDownLatch(1);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> first = callers.submit(() -> hashing.compute(this::waitForGo));
            begun.await();
            // Of two one waits, and the other one is sent away.
            List<Future<String>> others = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                others.add(callers.submit(() -> {
                    try {
                        return hashing.compute(() -> "done");
                    } catch (PasswordsBusyException e) {
                        refused.countDown();
                        return "busy";
                    }
                }));
            }
            assertThat(refused.await(1, TimeUnit.MINUTES)).isTrue();
            go.countDown();
            assertThat(List.of(others.getFirst().get(), others.getLast().get()))
                    .containsExactlyInAnyOrder("done", "busy");
            assertThat(first.get()).isEqualTo("done");
        }
    }

    @Test
    void whoWaitsTooLongIsSentAwayAndNothingIsComputedForThem() throws Exception {
        SlowHashing hashing = new SlowHashing(1, 10, Duration.ofMillis(20));
        AtomicInteger computed = new AtomicInteger();
        assertThatThrownBy(() -> hashing.compute(this::waitForGo)).isInstanceOf(PasswordsBusyException.class);
        begun.await();
        assertThatThrownBy(() -> hashing.compute(computed::incrementAndGet)).isInstanceOf(PasswordsBusyException.class);
        go.countDown();
        // The one thread is free again when it does this, and would have done the other first.
        assertThat(patiently(hashing, () -> "next")).isEqualTo("next");
        assertThat(computed).hasValue(0);
    }

    private static String patiently(SlowHashing hashing, Callable<String> work) throws Exception {
        while (true) {
            try {
                return hashing.compute(work);
            } catch (PasswordsBusyException e) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void anInterruptEndsTheWaitAndAFailureIsTold() throws Exception {
        SlowHashing hashing = new SlowHashing(1, 10, LONG);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> hashing.compute(this::waitForGo)).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
        go.countDown();
        assertThatThrownBy(() -> hashing.compute(() -> {
                    throw new UnsupportedOperationException("no such hash");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("no such hash");
    }
}
