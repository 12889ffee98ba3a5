package io.varve.storage.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class UninterruptibleThreadTest {

    @Test
    void anInterruptNeitherShowsNorMovesASyncElsewhere() throws Exception {
        CompletableFuture<Boolean> begun = new CompletableFuture<>();
        CompletableFuture<Boolean> goOn = new CompletableFuture<>();
        CompletableFuture<Thread> ranOn = new CompletableFuture<>();
        UninterruptibleThread thread = new UninterruptibleThread("test", () -> {
            begun.complete(true);
            goOn.join();
            try {
                SyncThreads.call(() -> ranOn.complete(Thread.currentThread()));
            } catch (IOException e) {
                ranOn.completeExceptionally(e);
            }
        });
        thread.start();
        begun.join();
        thread.interrupt();
        assertThat(thread.isInterrupted()).isFalse();
        goOn.complete(true);
        assertThat(ranOn.join()).isSameAs(thread);
        thread.join();
    }

    @Test
    void otherThreadsHandASyncOver() throws Exception {
        CompletableFuture<Thread> ranOn = new CompletableFuture<>();
        SyncThreads.call(() -> ranOn.complete(Thread.currentThread()));
        assertThat(ranOn.join()).isNotSameAs(Thread.currentThread());
    }
}
