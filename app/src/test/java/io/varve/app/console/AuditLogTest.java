package io.varve.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final int FILE_BYTES = 2000;

    private static final int OLD_FILES = 7;

    private final MeterRegistry meters = new SimpleMeterRegistry();

    @TempDir
    Path directory;

    @Test
    void linesComeBackTheNewestFirstAndInPages() throws Exception {
        try (AuditLog log = log()) {
            log.append(List.of(line("PUT /x0"), line("PUT /x1")));
            log.append(List.of(line("PUT /x2")));
            log.append(List.of(line("PUT /x3"), line("PUT /x4")));
            AuditLog.Page first = log.read(0, 2);
            assertThat(actions(first)).containsExactly("PUT /x4", "PUT /x3");
            assertThat(first.lines().getFirst()).isEqualTo(line("PUT /x4"));
            AuditLog.Page last = log.read(first.next(), 10);
            assertThat(actions(last)).containsExactly("PUT /x2", "PUT /x1", "PUT /x0");
            assertThat(last.next()).isEqualTo(-1);
        }
    }

    @Test
    void fullFilesAreRotatedAndTheOldestGoes() throws Exception {
        try (AuditLog log = log()) {
            for (int i = 0; i < 400; i += 4) {
                int from = i;
                assertThat(log.append(IntStream.range(from, from + 4)
                                .mapToObj(n -> line("PUT /" + n))
                                .toList()))
                        .isEqualTo(4);
            }
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files)
                        .hasSize(OLD_FILES + 1)
                        .allSatisfy(file -> assertThat(Files.size(file)).isLessThanOrEqualTo(FILE_BYTES));
            }
            List<String> kept = actions(log.read(0, 1000));
            assertThat(kept).hasSizeBetween(50, 399).startsWith("PUT /399", "PUT /398");
            assertThat(kept.getLast()).isEqualTo("PUT /" + (400 - kept.size()));
        }
    }

    @Test
    void aLowerLimitDeletesWhatHasNoRoomAnyMore() throws Exception {
        try (AuditLog log = log()) {
            log.append(IntStream.range(0, 400).mapToObj(n -> line("PUT /" + n)).toList());
            log.limitFiles(1);
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files).hasSize(2);
            }
            List<String> kept = actions(log.read(0, 1000));
            assertThat(kept).startsWith("PUT /399", "PUT /398");
            log.limitFiles(OLD_FILES);
            log.append(
                    IntStream.range(400, 800).mapToObj(n -> line("PUT /" + n)).toList());
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files).as("a higher one keeps more from now on").hasSize(OLD_FILES + 1);
            }
        }
    }

    @Test
    void whatIsPutAsideIsCompressedBehindWhatWasAndReadAsBefore() throws Exception {
        try (AuditLog log = log()) {
            for (int n = 0; n < 4; n++) {
                log.append(List.of(line("PUT /" + n)));
                log.putAside(n == 3 ? Integer.MAX_VALUE : 0);
                log.putAside(n == 3 ? Integer.MAX_VALUE : 0);
            }
            assertThat(actions(log.read(0, 10))).containsExactly("PUT /3", "PUT /2", "PUT /1", "PUT /0");
        }
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("audit.log", "audit.log.1.gz");
        }
    }

    @Test
    void howeverOftenLinesArePutAsideTheSameManyAreKept() throws Exception {
        try (AuditLog log = log()) {
            for (int n = 0; n < 400; n++) {
                log.append(List.of(line("PUT /" + n)));
                if (n % 3 == 0) {
                    log.putAside(0);
                }
            }
            List<String> kept = actions(log.read(0, 1000));
            assertThat(kept).hasSizeBetween(50, 399).startsWith("PUT /399", "PUT /398");
            assertThat(kept.getLast()).isEqualTo("PUT /" + (400 - kept.size()));
        }
    }

    @Test
    void oldFilesOfAnEarlierVersionAndDamagedOnesAreReadAsFarAsTheyGo() throws Exception {
        try (AuditLog log = log()) {
            log.append(List.of(line("PUT /a")));
        }
        Files.move(directory.resolve("audit.log"), directory.resolve("audit.log.1"));
        try (AuditLog log = log()) {
            log.append(List.of(line("PUT /b")));
            log.putAside(0);
            log.append(List.of(line("PUT /c")));
            assertThat(actions(log.read(0, 10))).containsExactly("PUT /c", "PUT /b", "PUT /a");
            assertThat(directory.resolve("audit.log.2")).exists();
            Path packed = directory.resolve("audit.log.1.gz");
            byte[] bytes = Files.readAllBytes(packed);
            Files.write(packed, Arrays.copyOf(bytes, bytes.length - 4));
            assertThat(actions(log.read(0, 10)))
                    .startsWith("PUT /c", "unreadable line")
                    .endsWith("PUT /a");
            log.putAside(0);
            assertThat(actions(log.read(0, 10)))
                    .as("nothing comes behind damage")
                    .startsWith("PUT /c", "unreadable line");
        }
    }

    @Test
    void aLineThatWasCutHidesNoOther() throws Exception {
        try (AuditLog log = log()) {
            log.append(List.of(line("PUT /a")));
        }
        // Cut in the middle of a character of three bytes, without an end of line.
        byte[] cut = "{\"at\":\"20名".getBytes(StandardCharsets.UTF_8);
        Files.write(directory.resolve("audit.log"), Arrays.copyOf(cut, cut.length - 1), StandardOpenOption.APPEND);
        try (AuditLog log = log()) {
            log.append(List.of(line("PUT /b")));
            assertThat(actions(log.read(0, 10))).containsExactly("PUT /b", "unreadable line", "PUT /a");
        }
    }

    @Test
    void linesWaitInOrderAndAreThereWhenAskedFor() throws Exception {
        try (AuditTrail trail = trail(Duration.ofMinutes(1))) {
            for (int i = 0; i < 2000; i++) {
                trail.files(List.of(line("PUT /" + i)));
            }
            trail.administration(line("POST /users"));
            assertThat(actions(trail.read(AuditTrail.Part.FILES, 0, 3)))
                    .containsExactly("PUT /1999", "PUT /1998", "PUT /1997");
            assertThat(actions(trail.read(AuditTrail.Part.ADMINISTRATION, 0, 3)))
                    .containsExactly("POST /users");
        }
        assertThat(Files.readAllLines(directory.resolve("files.log"))).hasSize(2000);
        assertThat(lost()).isZero();
    }

    @Test
    void whatADiskThatIsTooSlowCannotTakeIsCountedAndTold() throws Exception {
        int noted = 2 * AuditTrail.QUEUE_MAX + 10;
        AuditLog slow = new AuditLog(directory, "files.log", 256 << 20);
        try (AuditTrail trail = new AuditTrail(log(), slow, () -> NOW, meters, Duration.ZERO)) {
            // Who writes cannot, as long as this is held.
            synchronized (slow) {
                for (int i = 0; i < noted; i++) {
                    trail.files(List.of(line("PUT /" + i)));
                }
            }
            AuditLog.Page all = trail.read(AuditTrail.Part.FILES, 0, noted + 10);
            long told = all.lines().stream()
                    .filter(line -> line.action().equals("lines lost"))
                    .mapToLong(line -> Long.parseLong(line.detail()))
                    .sum();
            assertThat(told).isBetween(10L, (long) AuditTrail.QUEUE_MAX + 10).isEqualTo((long) lost());
            assertThat(all.lines().stream()
                            .filter(line -> !line.action().equals("lines lost"))
                            .count())
                    .isEqualTo(noted - told);
        }
    }

    @Test
    void aLogThatCannotBeWrittenStopsNothingAndIsCounted() throws Exception {
        Files.writeString(directory.resolve("audit"), "a file where the directory should be");
        AuditLog broken = new AuditLog(directory.resolve("audit"), "audit.log", 1);
        try (AuditTrail trail = new AuditTrail(broken, log(), () -> NOW, meters)) {
            trail.administration(line("POST /users"));
            assertThat(lost()).isEqualTo(1);
        }
    }

    private AuditLog log() {
        return new AuditLog(directory, "audit.log", FILE_BYTES, OLD_FILES);
    }

    private AuditTrail trail(Duration waitMax) {
        return new AuditTrail(log(), new AuditLog(directory, "files.log", 64 << 20), () -> NOW, meters, waitMax);
    }

    private double lost() {
        return meters.get("varve.audit.lines.lost").functionCounter().count();
    }

    private static AuditLog.Line line(String action) {
        return new AuditLog.Line(NOW, "alice", "127.0.0.1", "rest", action, "a\nb \"c\" 名", 201);
    }

    private static List<String> actions(AuditLog.Page page) {
        return page.lines().stream().map(AuditLog.Line::action).toList();
    }
}
