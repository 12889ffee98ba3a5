package io.varve.app.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is active, which files are hot, and what the machine tells, by a clock of their own. */
class ActivityTest {
    private Instant now = Instant.parse("2026-11-20T10:00:00Z");
    private final InstantSource clock = () -> now;

    @TempDir
    Path directory;

    @Test
    void aUserIsActiveUntilQuietForTheWindow() {
        ActiveUsers users = new ActiveUsers(clock);
        users.saw("alice", "dav", "10.0.0.1");
        now = now.plusSeconds(60);
        users.saw("bob", "s3", "10.0.0.2");
        users.saw("bob", "rest", "10.0.0.3");
        assertThat(users.count()).isEqualTo(2);
        assertThat(users.active(10))
                .containsExactly(
                        new ActiveUsers.User("bob", "rest", "10.0.0.3", now, 2),
                        new ActiveUsers.User("alice", "dav", "10.0.0.1", now.minusSeconds(60), 1));
        assertThat(users.active(1)).hasSize(1);
        now = now.plus(ActiveUsers.WINDOW);
        assertThat(users.active(10)).extracting(ActiveUsers.User::name).containsExactly("bob");
        now = now.plusSeconds(1);
        assertThat(users.count()).isZero();
        users.saw("bob", "s3", "10.0.0.2");
        assertThat(users.active(1).getFirst().requests()).isEqualTo(1);
    }

    @Test
    void usersAreBoundedAndTheQuietestIsForgotten() {
        ActiveUsers users = new ActiveUsers(clock);
        for (int i = 0; i <= ActiveUsers.KNOWN_MAX; i++) {
            users.saw("user" + i, "s3", "10.0.0.1");
        }
        assertThat(users.count()).isEqualTo(ActiveUsers.KNOWN_MAX);
        assertThat(users.active(ActiveUsers.KNOWN_MAX))
                .extracting(ActiveUsers.User::name)
                .doesNotContain("user0")
                .contains("user1");
    }

    @Test
    void hotFilesAreFoundAmongManyThatAreReadOnce() {
        HotFiles files = new HotFiles(clock);
        Random random = new Random(11);
        int hot = 0;
        for (int i = 0; i < 100_000; i++) {
            boolean isHot = random.nextInt(50) == 0;
            hot += isHot ? 1 : 0;
            files.read(isHot ? "photos/hot.jpg" : "photos/" + i);
        }
        HotFiles.Hot first = files.hottest(1).getFirst();
        assertThat(first.path()).isEqualTo("photos/hot.jpg");
        // What is told is never more than the truth, and short of it by one in all counters at most.
        assertThat(first.reads()).isBetween(hot - 100_000.0 / HotFiles.COUNTERS, (double) hot);
        assertThat(files.hottest(10_000)).hasSize(HotFiles.COUNTERS);
    }

    @Test
    void oldReadsCountLessAndAreOvertaken() {
        HotFiles files = new HotFiles(clock);
        for (int i = 0; i < 100; i++) {
            files.read("photos/old.jpg");
        }
        now = now.plus(HotFiles.HALF_LIFE);
        for (int i = 0; i < 60; i++) {
            files.read("photos/new.jpg");
        }
        assertThat(files.hottest(2)).extracting(HotFiles.Hot::path).containsExactly("photos/new.jpg", "photos/old.jpg");
        assertThat(files.hottest(2).getLast().reads()).isCloseTo(50, within(1e-6));
        now = now.plus(Duration.ofDays(3));
        files.read("photos/new.jpg");
        assertThat(files.hottest(2).getFirst().reads()).isCloseTo(1, within(1e-6));
        now = now.minus(Duration.ofDays(1));
        files.read("photos/new.jpg");
        assertThat(files.hottest(1).getFirst().reads()).isCloseTo(2, within(1e-6));
    }

    @Test
    void theNetworkIsAllInterfacesButTheLoopbackOne() throws Exception {
        Path devices = directory.resolve("dev");
        Files.writeString(devices, """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo: 9999999   1    0    0    0     0          0         0  9999999   1    0    0    0     0       0          0
              eth0:    1000   3    0    0    0     0          0         0     2000   4    0    0    0     0       0          0
            wlan0:500 1 0 0 0 0 0 0 700 1 0 0 0 0 0 0
            """);
        assertThat(new Machine(devices).network()).isEqualTo(new Machine.Network(1500, 2700));
        assertThat(new Machine(directory.resolve("absent")).network()).isEqualTo(new Machine.Network(0, 0));
        assertThat(new Machine().processNanos()).isPositive();
        assertThat(new Machine().load()).isBetween(0.0, 1.0);
    }
}
