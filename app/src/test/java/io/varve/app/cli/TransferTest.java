package io.varve.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How far a transfer says it is, and what it does about trouble. */
class TransferTest {
    private static final long SECOND = 1_000_000_000;
    private static final int MIB = 1 << 20;

    private final StringWriter printed = new StringWriter();
    private final AtomicLong nanos = new AtomicLong(5 * SECOND);

    private Transfer transfer(boolean terminal) {
        return new Transfer(new PrintWriter(printed), terminal, nanos::get);
    }

    @Test
    void aTerminalSeesOneLineThatGrows() {
        try (Transfer transfer = transfer(true)) {
            transfer.expect(4, 8 * MIB);
            nanos.addAndGet(SECOND);
            transfer.moved(2 * MIB);
            assertThat(printed)
                    .hasToString("\r[#####...............]  25 %  0 of 4 files, 2.0 of 8.0 MiB, 2.0 MiB/s\u001b[K");
            transfer.moved(MIB);
            transfer.problem("a", "is odd");
            nanos.addAndGet(SECOND);
            transfer.fileSkipped(MIB);
            assertThat(printed.toString())
                    .endsWith("\r\u001b[Ka: is odd" + System.lineSeparator()
                            + "\r[##########..........]  50 %  1 of 4 files, 4.0 of 8.0 MiB, 2.0 MiB/s\u001b[K");
        }
    }

    @Test
    void aFileGetsALineNowAndThen() {
        try (Transfer transfer = transfer(false)) {
            transfer.expect(2, 0);
            for (int i = 0; i < 5; i++) {
                nanos.addAndGet(SECOND);
                transfer.moved(0);
            }
            assertThat(printed.toString()).isEmpty();
            nanos.addAndGet(5 * SECOND);
            transfer.fileDone();
            assertThat(printed)
                    .hasToString("[##########..........]  50 %  1 of 2 files, 0.0 of 0.0 MiB, 0.0 MiB/s"
                            + System.lineSeparator());
        }
    }

    @Test
    void oneFilesTroubleIsNamedAndTheOthersGoOn() throws Exception {
        try (Transfer transfer = transfer(false)) {
            transfer.submit("secret", () -> {
                throw new AccessDeniedException("secret");
            });
            transfer.submit("broken", () -> {
                throw new IllegalStateException("of all things");
            });
            transfer.submit("refused", () -> {
                throw new ServerClient.RefusedException(409, "It is locked.");
            });
            transfer.submit("good", transfer::fileDone);
            transfer.await();
            assertThat(printed.toString())
                    .contains("secret: may not be read or written")
                    .contains("broken: of all things")
                    .contains("refused: It is locked.");
            assertThat(transfer.summary("imported", false))
                    .isEqualTo("NOT ALL was imported: 1 files are there, 0 of them since before. 3 problems.");
        }
    }

    @Test
    void aFullStoreOrALostServerEndsItAll() throws Exception {
        for (IOException end : new IOException[] {
            new ServerClient.RefusedException(507, "The disk is full."),
            new ServerClient.GoneException("The disk is full.", new IOException()),
        }) {
            try (Transfer transfer = transfer(false)) {
                AtomicInteger begun = new AtomicInteger();
                CountDownLatch ended = new CountDownLatch(1);
                transfer.submit("first", () -> {
                    ended.countDown();
                    throw end;
                });
                ended.await();
                assertThatThrownBy(() -> {
                            for (int i = 0; i < 1_000_000; i++) {
                                transfer.submit("next", begun::incrementAndGet);
                            }
                        })
                        .isInstanceOf(Transfer.StoppedException.class)
                        .hasMessage("The disk is full.");
                assertThatThrownBy(transfer::await).hasMessage("The disk is full.");
                assertThat(transfer.problems()).isZero();
            }
        }
    }
}
