package io.varve.storage.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.access.LoginThrottle.Way;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What makes guessing slow, by a clock of its own. */
class LoginThrottleTest {
    private static final String HERE = "10.0.0.1";
    private static final String ELSEWHERE = "10.0.0.2";

    private Instant now = Instant.parse("2026-11-20T10:00:00Z");
    private final LoginThrottle throttle = new LoginThrottle(() -> now);
    private int guess;

    @Test
    void locksGetLongerAndAreOfOneNameFromOneAddress() {
        fail(Way.PASSWORD.free() - 1);
        assertThat(throttle.locked(Way.PASSWORD, "root", HERE)).isZero();
        fail(1);
        assertThat(throttle.locked(Way.PASSWORD, "root", HERE)).isEqualTo(LoginThrottle.FIRST_LOCK);
        assertThat(throttle.locked(Way.PASSWORD, "root", ELSEWHERE)).isZero();
        assertThat(throttle.locked(Way.PASSWORD, "alice", HERE)).isZero();
        assertThat(throttle.refusedCount()).isEqualTo(1);
        fail(1);
        assertThat(throttle.locked(Way.PASSWORD, "root", HERE)).isEqualTo(LoginThrottle.FIRST_LOCK.multipliedBy(2));
        fail(20);
        assertThat(throttle.locked(Way.PASSWORD, "root", HERE)).isEqualTo(LoginThrottle.LONGEST_LOCK);
        now = now.plus(LoginThrottle.LONGEST_LOCK);
        assertThat(throttle.locked(Way.PASSWORD, "root", HERE)).isZero();
        assertThat(throttle.failedCount()).isEqualTo(Way.PASSWORD.free() + 21.0);
    }

    @Test
    void aSuccessForgetsFailuresAndSignaturesFailMoreOften() {
        fail(10);
        throttle.succeeded(Way.PASSWORD, "root", HERE);
        assertThat(throttle.locked(Way.PASSWORD, "root", HERE)).isZero();
        for (int i = 1; i < Way.SIGNATURE.free(); i++) {
            throttle.failed(Way.SIGNATURE, "root", HERE);
        }
        assertThat(throttle.locked(Way.SIGNATURE, "root", HERE)).isZero();
        throttle.failed(Way.SIGNATURE, "root", HERE);
        assertThat(throttle.locked(Way.SIGNATURE, "root", HERE)).isPositive();
        assertThat(throttle.locked(Way.PASSWORD, "root", HERE)).isZero();
    }

    @Test
    void theSameWrongPasswordAgainIsNoFurtherGuess() {
        for (int i = 0; i < 1000; i++) {
            throttle.failed(Way.PASSWORD, "root", HERE, "the-password-of-before");
        }
        assertThat(throttle.locked(Way.PASSWORD, "root", HERE)).isZero();
        assertThat(throttle.locked(Way.PASSWORD, "alice", HERE)).isZero();
        // Two in turn are guesses.
        for (int i = 0; i < 4; i++) {
            throttle.failed(Way.PASSWORD, "root", HERE, i % 2 == 0 ? "another" : "the-password-of-before");
        }
        assertThat(throttle.locked(Way.PASSWORD, "root", HERE)).isPositive();
    }

    @Test
    void manyNamesLockTheAddressButForThoseWhoLoggedInFromThere() {
        throttle.succeeded(Way.PASSWORD, "alice", HERE);
        for (int i = 0; i < LoginThrottle.FREE_OF_ADDRESS; i++) {
            throttle.failed(Way.PASSWORD, "name" + i, HERE);
        }
        assertThat(throttle.locked(Way.PASSWORD, "somebody", HERE)).isPositive();
        assertThat(throttle.locked(Way.SIGNATURE, "somebody", HERE)).isPositive();
        assertThat(throttle.locked(Way.PASSWORD, "somebody", ELSEWHERE)).isZero();
        assertThat(throttle.locked(Way.PASSWORD, "alice", HERE)).isZero();
        assertThat(throttle.locked(Way.SIGNATURE, "alice", HERE)).isZero();
        now = now.plus(LoginThrottle.KNOWN_FOR);
        for (int i = 0; i < LoginThrottle.FREE_OF_ADDRESS; i++) {
            throttle.failed(Way.PASSWORD, "name" + i, HERE);
        }
        assertThat(throttle.locked(Way.PASSWORD, "alice", HERE)).isPositive();
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            throttle.failed(Way.PASSWORD, "root", HERE, "guess " + guess++);
        }
    }
}
