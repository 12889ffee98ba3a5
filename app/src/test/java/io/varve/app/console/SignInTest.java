package io.varve.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** Sessions, by a clock of their own. */
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
        String third = sessions.begin("alice");
        sessions.endOthersOf("alice", third);
        assertThat(sessions.find(second)).isEmpty();
        assertThat(sessions.find(third)).isPresent();
        sessions.endOthersOf("alice", other);
        assertThat(sessions.find(third)).isEmpty();
        String fourth = sessions.begin("alice");
        sessions.endAllOf("alice");
        assertThat(sessions.find(fourth)).isEmpty();
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
}
