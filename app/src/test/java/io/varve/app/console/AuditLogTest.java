package io.varve.app.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final int FILE_BYTES = 2000;

    @TempDir
    Path directory;

    @Test
    void linesComeBackTheNewestFirstAndInPages() throws Exception {
        try (AuditLog log = log()) {
            for (int i = 0; i < 5; i++) {
                log.append("alice", "127.0.0.1", "console", "PUT /x" + i, "a\nb \"c\" 名", 201);
            }
            AuditLog.Page first = log.read(0, 2);
            assertThat(actions(first)).containsExactly("PUT /x4", "PUT /x3");
            assertThat(first.lines().getFirst())
                    .isEqualTo(new AuditLog.Line(NOW, "alice", "127.0.0.1", "console", "PUT /x4", "a\nb \"c\" 名", 201));
            AuditLog.Page last = log.read(first.next(), 10);
            assertThat(actions(last)).containsExactly("PUT /x2", "PUT /x1", "PUT /x0");
            assertThat(last.next()).isEqualTo(-1);
        }
    }

    @Test
    void fullFilesAreRotatedAndTheOldestGoes() throws Exception {
        try (AuditLog log = log()) {
            for (int i = 0; i < 400; i++) {
                log.append("alice", "127.0.0.1", "rest", "PUT /" + i, "", 201);
            }
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files)
                        .hasSize(AuditLog.OLD_FILES_MAX + 1)
                        .allSatisfy(file -> assertThat(Files.size(file)).isLessThanOrEqualTo(FILE_BYTES));
            }
            List<String> kept = actions(log.read(0, 1000));
            assertThat(kept).hasSizeBetween(50, 399).startsWith("PUT /399", "PUT /398");
            assertThat(kept.getLast()).isEqualTo("PUT /" + (400 - kept.size()));
        }
    }

    @Test
    void aLineThatWasCutHidesNoOther() throws Exception {
        try (AuditLog log = log()) {
            log.append("alice", "127.0.0.1", "rest", "PUT /a", "", 201);
        }
        Files.writeString(directory.resolve("audit.log"), "{\"at\":\"20\n", StandardOpenOption.APPEND);
        try (AuditLog log = log()) {
            log.append("bob", "127.0.0.1", "rest", "PUT /b", "", 201);
            assertThat(actions(log.read(0, 10))).containsExactly("PUT /b", "unreadable line", "PUT /a");
        }
    }

    private AuditLog log() {
        return new AuditLog(directory, () -> NOW, FILE_BYTES);
    }

    private static List<String> actions(AuditLog.Page page) {
        return page.lines().stream().map(AuditLog.Line::action).toList();
    }
}
