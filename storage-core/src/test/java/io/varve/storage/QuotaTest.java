package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyUploads;
import io.varve.storage.namespace.KeyVersions;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.Restores;
import io.varve.storage.namespace.StorageException.NoSuchBucket;
import io.varve.storage.namespace.StorageException.QuotaExceeded;
import io.varve.storage.namespace.Versioning;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** No way into a bucket leads past its quota, and no way out of it is closed. */
class QuotaTest {
    private static final WriteOptions FOLDERS = WriteOptions.folders("tester");

    private StoreFixture store;
    private Namespace namespace;

    @BeforeEach
    void open() throws IOException {
        store = StoreFixture.withBucket();
        namespace = store.namespace();
        namespace.createBucket("other", "tester");
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private static EntryPath path(String key) {
        return new EntryPath("bucket", key);
    }

    private void limit(long bytes) {
        namespace.quotas().set("bucket", OptionalLong.of(bytes));
    }

    private long used() {
        return namespace.usage(EntryPath.root("bucket")).bytes();
    }

    @Test
    void aWriteThatWouldOutgrowItIsRefusedAndLeavesWhatWasThere() throws IOException {
        limit(1000);
        store.put(path("a"), new byte[600]);
        assertThatThrownBy(() -> store.put(path("b"), new byte[401]))
                .isInstanceOf(QuotaExceeded.class)
                .hasMessageContaining("1000 bytes")
                .hasMessageContaining("hold 1001");
        assertThat(namespace.find(path("b"))).isEmpty();
        store.put(path("b"), new byte[400]);
        store.put(path("a"), new byte[600]);
        store.put(path("empty"), new byte[0]);
        assertThat(used()).isEqualTo(1000);
        assertThat(namespace.findBucket("bucket").orElseThrow().quotaBytes()).hasValue(1000);
        assertThat(namespace.quotas().leftBytes("bucket")).hasValue(0);
        namespace.quotas().set("bucket", OptionalLong.empty());
        store.put(path("c"), new byte[5000]);
        assertThat(namespace.quotas().leftBytes("bucket")).isEmpty();
    }

    @Test
    void roomIsAskedForBeforeTheBytesCome() throws IOException {
        limit(1000);
        store.put(path("a"), new byte[600]);
        namespace.quotas().requireRoom(path("a"), 1000);
        namespace.quotas().requireRoom(path("b"), 400);
        namespace.quotas().requireRoom(path("b"), -1);
        assertThatThrownBy(() -> namespace.quotas().requireRoom(path("b"), 401)).isInstanceOf(QuotaExceeded.class);
        assertThatThrownBy(() -> namespace.quotas().requireRoom(path("a"), 1001))
                .isInstanceOf(QuotaExceeded.class);
        namespace.quotas().requireRoom(new EntryPath("missing", "a"), Long.MAX_VALUE);
        limit(600);
        assertThatThrownBy(() -> namespace.quotas().requireRoom(path("b"), -1)).isInstanceOf(QuotaExceeded.class);
        assertThatThrownBy(() -> namespace.quotas().set("missing", OptionalLong.of(1)))
                .isInstanceOf(NoSuchBucket.class);
    }

    @Test
    void aLimitBelowWhatIsThereStopsGrowthAlone() throws IOException {
        store.put(path("f/a"), new byte[600]);
        store.put(path("f/b"), new byte[600]);
        limit(100);
        assertThatThrownBy(() -> store.put(path("c"), new byte[1])).isInstanceOf(QuotaExceeded.class);
        store.put(path("f/a"), new byte[500]);
        namespace.move(path("f/a"), path("f/renamed"), false, FOLDERS);
        namespace.move(path("f/"), path("g/"), false, FOLDERS);
        assertThat(used()).isEqualTo(1100);
        namespace.move(path("g/renamed"), new EntryPath("other", "renamed"), false, FOLDERS);
        namespace.delete(path("g/"), FOLDERS);
        store.put(path("c"), new byte[100]);
    }

    @Test
    void copiesMovesAndRestoresComeToIt() throws IOException {
        EntryPath folder = new EntryPath("other", "f/");
        store.put(new EntryPath("other", "f/a"), new byte[300]);
        store.put(new EntryPath("other", "f/b"), new byte[300]);
        store.put(path("old"), new byte[700]);
        store.advance(Duration.ofMinutes(1));
        Instant then = store.now();
        store.advance(Duration.ofMinutes(1));
        namespace.delete(path("old"), FOLDERS);
        limit(500);
        EntryPath file = new EntryPath("other", "f/a");
        namespace.copy(file, path("a"), Optional.empty(), false, true, FOLDERS);
        assertThatThrownBy(() -> namespace.copy(file, path("b"), Optional.empty(), false, true, FOLDERS))
                .isInstanceOf(QuotaExceeded.class);
        assertThatThrownBy(() ->
                        namespace.copyKey(file, Optional.empty(), path("b"), Optional.empty(), WriteOptions.keys("t")))
                .isInstanceOf(QuotaExceeded.class);
        assertThatThrownBy(() -> namespace.move(file, path("b"), false, FOLDERS))
                .isInstanceOf(QuotaExceeded.class);
        assertThatThrownBy(() -> namespace.copy(folder, path("f/"), Optional.empty(), false, true, FOLDERS))
                .isInstanceOf(QuotaExceeded.class);
        assertThatThrownBy(() -> namespace.move(folder, path("f/"), false, FOLDERS))
                .isInstanceOf(QuotaExceeded.class);
        assertThatThrownBy(() -> namespace
                        .restores()
                        .restore(namespace.at(then), Restores.Request.inPlace(path("old")), FOLDERS, ignored -> {}))
                .isInstanceOf(QuotaExceeded.class);
        assertThatThrownBy(() -> namespace
                        .restores()
                        .restore(
                                namespace.at(then),
                                Restores.Request.inPlace(EntryPath.root("bucket")),
                                FOLDERS,
                                ignored -> {}))
                .isInstanceOf(QuotaExceeded.class);
        assertThat(used()).isEqualTo(300);
        assertThat(namespace.find(file)).isPresent();
    }

    @Test
    void whatIsDeletedMayBringALargerVersionBack() throws IOException {
        namespace.keyVersions().setVersioning("bucket", Versioning.ENABLED);
        store.put(path("a"), new byte[900]);
        store.put(path("a"), new byte[10]);
        limit(100);
        KeyVersions versions = namespace.keyVersions();
        assertThatCode(() -> versions.delete(new KeyVersions.Delete(
                        path("a"),
                        versions.latest(path("a")).map(each -> each.id()),
                        false,
                        WriteOptions.keys("tester"))))
                .doesNotThrowAnyException();
        assertThat(used()).isEqualTo(900);
    }

    @Test
    void partsCountWhenTheyBecomeAFile() throws IOException {
        limit(500);
        var uploads = namespace.keyUploads();
        var upload = uploads.begin(path("a"), PutRequest.ofType(""), WriteOptions.keys("tester"));
        var part = uploads.putPart(upload, 1, store.stage(new byte[501]), new EntityTag("00"), Attributes.NONE);
        assertThatThrownBy(() -> uploads.complete(
                        upload,
                        List.of(new KeyUploads.PartReference(1, part.etag())),
                        PutRequest.ofType(""),
                        0,
                        WriteOptions.keys("tester")))
                .isInstanceOf(QuotaExceeded.class);
        assertThat(uploads.find(path("a"), upload.id()))
                .as("nothing of it is lost")
                .isNotNull();
        uploads.abort(upload);
    }
}
