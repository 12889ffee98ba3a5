package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.config.VarveSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
    private static final HttpLimits LIMITS =
            new HttpLimits(new VarveSettings.Http(Duration.ofSeconds(60), 100, 64 << 10, List.of(), Duration.ZERO));

    @TempDir
    private Path temporary;

    @Test
    void everyRequestIsServedAndNothingIsLeft() {
        WarmUp warmUp = warmUp(1);
        warmUp.begin();
        // A start does not wait for ever, as a test on a busy machine may have to.
        warmUp.join(Duration.ofMinutes(5));
        warmUp.start();
        assertThat(warmUp.isRunning()).isTrue();
        assertThat(warmUp.isWhole()).isTrue();
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void aServerThatStopsDoesNotWaitForTheEnd() {
        WarmUp warmUp = warmUp(WarmUp.ROUNDS);
        warmUp.begin();
        warmUp.stop();
        assertThat(warmUp.isRunning()).isFalse();
        warmUp.join(Duration.ofMinutes(5));
        assertThat(warmUp.isWhole()).isFalse();
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void nothingHappensWhereItIsNotWanted() {
        WarmUp warmUp = warmUp(0);
        warmUp.begin();
        warmUp.start();
        assertThat(warmUp.isRunning()).isTrue();
        assertThat(warmUp.isWhole()).isFalse();
        assertThat(temporary).isEmptyDirectory();
    }

    private WarmUp warmUp(int rounds) {
        return new WarmUp(rounds, LIMITS, InstantSource.system(), temporary);
    }
}
