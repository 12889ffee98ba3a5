package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitsTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 2_500_000_000L);

    private int admitted(RateLimits limits, String user, int requests) {
        int count = 0;
        for (int i = 0; i < requests; i++) {
            count += limits.admits(user) ? 1 : 0;
        }
        return count;
    }

    @Test
    void eachUserHasASecondsWorthAtOnceAndThenThePace() {
        RateLimits limits = new RateLimits(10, now::get);
        assertThat(admitted(limits, "a", 50)).isEqualTo(10);
        assertThat(admitted(limits, "b", 5)).isEqualTo(5);
        now.addAndGet(100_000_000L);
        assertThat(admitted(limits, "a", 50)).isEqualTo(1);
        now.addAndGet(350_000_000L);
        assertThat(admitted(limits, "a", 50)).isEqualTo(3);
        // Also where the clock's number wraps.
        now.addAndGet(60_000_000_000L);
        assertThat(admitted(limits, "a", 50)).isEqualTo(10);
    }

    @Test
    void withoutALimitEverythingIsServed() {
        assertThat(admitted(new RateLimits(0, now::get), "a", 1000)).isEqualTo(1000);
    }

    @Test
    void manyUsersAreNotRememberedForEver() {
        RateLimits limits = new RateLimits(1, now::get);
        for (int i = 0; i < 30_000; i++) {
            now.addAndGet(2_000_000_000L);
            assertThat(limits.admits("user " + i)).isTrue();
        }
    }
}
