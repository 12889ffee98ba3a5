package io.varve.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** Sessions and what makes guessing slow, by a clock of their own. */
class SignInTest {
    private Instant now = Instant.parse("2026-11-20T10:00:00Z");
    private final InstantSource clock = () -> now;

    @Test
    void aSessionLastsAsLongAsItIsUsedButNotForEver() {
        Sessions sessions = new Sessions(clock);
        String token = sessions.begin("alice");
        String csrf = sessions.find(token).orElseThrow().csrf();
        for (Duration used = Duration.ZERO; used.compareTo(Sessions.LIFE_MAX) < 0; used = used.plusMinutes(29)) {
            assertThat(sessions.find(token)).hasValueSatisfying(session -> {
                assertThat(session.user()).isEqualTo("alice");
                assertThat(session.csrf()).isEqualTo(csrf);
            });
            now = now.plus(Duration.ofMinutes(29));
        }
        assertThat(sessions.find(token)).isEmpty();
    }

    @Test
    void aSessionThatNobodyUsesEnds() {
        Sessions sessions = new Sessions(clock);
        String token = sessions.begin("alice");
        now = now.plus(Sessions.IDLE_MAX);
        assertThat(sessions.find(token)).isEmpty();
    }

    @Test
    void endingConcernsOneSessionOrOneUser() {
        Sessions sessions = new Sessions(clock);
        String first = sessions.begin("alice");
        String second = sessions.begin("alice");
        String other = sessions.begin("bob");
        sessions.end(first);
        assertThat(sessions.find(first)).isEmpty();
        assertThat(sessions.find(second)).isPresent();
        sessions.endAllOf("alice");
        assertThat(sessions.find(second)).isEmpty();
        assertThat(sessions.find(other)).isPresent();
    }

    @Test
    void sessionsAreBoundedAndTheLeastRecentlyUsedGoesFirst() {
        Sessions sessions = new Sessions(clock);
        String used = sessions.begin("alice");
        String forgotten = sessions.begin("alice");
        for (int i = 0; i < 998; i++) {
            sessions.begin("bob");
        }
        assertThat(sessions.find(used)).isPresent();
        sessions.begin("carol");
        assertThat(sessions.find(used)).isPresent();
        assertThat(sessions.find(forgotten)).isEmpty();
    }

    @Test
    void locksGetLongerAndAreOfOneNameFromOneAddress() {
        LoginThrottle throttle = new LoginThrottle(clock);
        fail(throttle, LoginThrottle.FREE_OF_NAME - 1);
        assertThat(throttle.locked("root", "10.0.0.1")).isZero();
        fail(throttle, 1);
        assertThat(throttle.locked("root", "10.0.0.1")).isEqualTo(LoginThrottle.FIRST_LOCK);
        assertThat(throttle.locked("root", "10.0.0.2")).isZero();
        assertThat(throttle.locked("alice", "10.0.0.1")).isZero();
        fail(throttle, 1);
        assertThat(throttle.locked("root", "10.0.0.1")).isEqualTo(LoginThrottle.FIRST_LOCK.multipliedBy(2));
        fail(throttle, 20);
        assertThat(throttle.locked("root", "10.0.0.1")).isEqualTo(LoginThrottle.LONGEST_LOCK);
        now = now.plus(LoginThrottle.LONGEST_LOCK);
        assertThat(throttle.locked("root", "10.0.0.1")).isZero();
    }

    @Test
    void aSuccessForgetsFailuresAndManyNamesLockTheAddress() {
        LoginThrottle throttle = new LoginThrottle(clock);
        fail(throttle, 10);
        throttle.succeeded("root", "10.0.0.1");
        assertThat(throttle.locked("root", "10.0.0.1")).isZero();
        for (int i = 0; i < LoginThrottle.FREE_OF_ADDRESS; i++) {
            throttle.failed("name" + i, "10.0.0.9");
        }
        assertThat(throttle.locked("somebody", "10.0.0.9")).isPositive();
        assertThat(throttle.locked("somebody", "10.0.0.1")).isZero();
    }

    private static void fail(LoginThrottle throttle, int times) {
        for (int i = 0; i < times; i++) {
            throttle.failed("root", "10.0.0.1");
        }
    }
}
