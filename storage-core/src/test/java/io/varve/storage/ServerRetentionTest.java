package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.Faults;
import io.varve.storage.io.FaultyDeviceDirectory;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The rule of buckets that have none of their own, changed while the store is used. */
class ServerRetentionTest {
    private static final EntryPath FILE = new EntryPath("bucket", "a");
    private static final EntryPath OWN = new EntryPath("own", "a");

    @Test
    void noMomentIsShownThatWasNotKeptWhole() throws Exception {
        try (StoreFixture store = StoreFixture.withBucket()) {
            Namespace namespace = store.namespace();
            namespace.createBucket("own", "tester");
            namespace.retention().set("own", Optional.of(RetentionPolicy.of(Duration.ofDays(3))));
            store.put(FILE, new byte[] {1});
            store.put(OWN, new byte[] {1});
            Instant kept = moment(store);

            namespace.retention().setServerDefault(RetentionPolicy.NONE);
            store.put(FILE, new byte[] {2});
            store.put(OWN, new byte[] {2});
            Instant withoutHistory = moment(store);
            store.put(FILE, new byte[] {3});
            store.put(OWN, new byte[] {3});
            namespace.retention().setServerDefault(RetentionPolicy.of(Duration.ofDays(5)));
            Instant keptAgain = moment(store);
            store.put(FILE, new byte[] {4});

            assertThat(namespace.retention().of("bucket").policy()).isEqualTo(RetentionPolicy.of(Duration.ofDays(5)));
            assertThat(namespace.retention().of("own").policy()).isEqualTo(RetentionPolicy.of(Duration.ofDays(3)));
            for (Instant gone : new Instant[] {kept, withoutHistory}) {
                assertThatThrownBy(() -> namespace.at(gone).find(FILE))
                        .isInstanceOf(StorageException.OutOfHistory.class);
                assertThat(namespace.at(gone).find(OWN)).isPresent();
            }
            assertThat(store.read(namespace.at(keptAgain).find(FILE).orElseThrow()))
                    .containsExactly(3);
        }
    }

    /** What a change that failed would have dropped is kept. */
    @Test
    void aChangeThatIsNotDurableIsNone() throws Exception {
        Faults faults = new Faults(1);
        RetentionPolicy days = RetentionPolicy.of(Duration.ofDays(30));
        try (StoreFixture store = new StoreFixture(
                new FaultyDeviceDirectory(new MemoryDeviceDirectory(), faults),
                new MemoryDeviceDirectory(),
                true,
                Instant.parse("2026-01-01T00:00:00Z"))) {
            Namespace namespace = store.namespace();
            namespace.createBucket("bucket", "tester");
            store.put(FILE, new byte[] {1});
            Instant kept = moment(store);
            faults.failWrite(1);
            assertThatThrownBy(() -> namespace.retention().setServerDefault(RetentionPolicy.NONE))
                    .isInstanceOf(StorageException.class);
            store.put(FILE, new byte[] {2});
            assertThat(namespace.retention().serverDefault()).isEqualTo(days);
            assertThat(store.read(namespace.at(kept).find(FILE).orElseThrow())).containsExactly(1);
        }
    }

    /** A moment with nothing else in it. */
    private static Instant moment(StoreFixture store) {
        store.advance(Duration.ofSeconds(1));
        Instant moment = store.now();
        store.advance(Duration.ofSeconds(1));
        return moment;
    }
}
