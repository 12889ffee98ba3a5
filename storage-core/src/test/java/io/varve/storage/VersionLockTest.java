package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.namespace.KeyVersions;
import io.varve.storage.namespace.ObjectLock;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.VersionId;
import io.varve.storage.namespace.VersionLock;
import io.varve.storage.namespace.Versioning;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Versions that are locked, through every door. */
class VersionLockTest extends VersionedBucket {
    @Test
    void lockedVersionsStayWhateverTheDoor() throws IOException {
        versions.setObjectLock("bucket", new ObjectLock(Optional.of(VersionLock.Mode.COMPLIANCE), 10, 0));
        assertThatThrownBy(() -> versions.setVersioning("bucket", Versioning.SUSPENDED))
                .isInstanceOf(StorageException.InvalidTarget.class);
        VersionId one;
        try (var content = store.stage("one".getBytes(StandardCharsets.UTF_8))) {
            one = store.namespace()
                    .put(path("k"), content, PutRequest.ofType(""), FOLDERS)
                    .entry()
                    .version();
        }
        put("k", "two");
        store.namespace().delete(path("k"), FOLDERS);
        store.settle();
        assertThat(list()).containsExactly("k-*", "k=two", "k=one");
        assertHeld(() -> delete("k", one));
        assertHeld(() -> versions.retain(path("k"), Optional.of(one), Optional.empty(), true, KEYS));
        store.advance(Duration.ofDays(11));
        versions.hold(path("k"), Optional.of(one), true, KEYS);
        assertHeld(() -> delete("k", one));
        versions.hold(path("k"), Optional.of(one), false, KEYS);
        delete("k", one);
        assertThat(list()).containsExactly("k-*", "k=two");
    }

    @Test
    void governanceYieldsToWhoMay() throws IOException {
        versions.setObjectLock("bucket", new ObjectLock(Optional.of(VersionLock.Mode.GOVERNANCE), 0, 200));
        VersionId one = put("k", "one");
        assertThat(VersionLock.of(
                                store.namespace().find(path("k")).orElseThrow().attributes())
                        .retention()
                        .orElseThrow()
                        .until())
                .isEqualTo(Instant.parse("2226-01-01T00:00:30Z"));
        assertHeld(() -> delete("k", one));
        var shorter = Optional.of(new VersionLock.Retention(
                VersionLock.Mode.GOVERNANCE, store.now().plus(Duration.ofDays(1))));
        assertHeld(() -> versions.retain(path("k"), Optional.of(one), shorter, false, KEYS));
        versions.retain(path("k"), Optional.of(one), shorter, true, KEYS);
        assertHeld(() -> delete("k", one));
        versions.delete(new KeyVersions.Delete(path("k"), Optional.of(one), true, KEYS));
        assertThat(list()).isEmpty();
    }

    private static void assertHeld(Runnable change) {
        assertThatThrownBy(change::run).isInstanceOf(StorageException.VersionHeld.class);
    }
}
