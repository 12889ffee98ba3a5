package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyUploads;
import io.varve.storage.namespace.NamedUploads;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Upload;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UploadsTest {
    private static final EntryPath PATH = new EntryPath("bucket", "file");
    private static final WriteOptions KEYS = WriteOptions.keys("tester");

    private StoreFixture store;
    private KeyUploads uploads;
    private Upload upload;

    @BeforeEach
    void begin() throws IOException {
        store = StoreFixture.withBucket();
        uploads = store.namespace().keyUploads();
        upload = uploads.begin(PATH, PutRequest.ofType(""), KEYS);
    }

    @AfterEach
    void close() throws IOException {
        store.requireClean();
        store.close();
    }

    private KeyUploads.PartReference putPart(int number, byte fill) throws IOException {
        byte[] bytes = new byte[50_000];
        Arrays.fill(bytes, fill);
        EntityTag tag = new EntityTag("tag " + fill);
        try (StagedContent content = store.stage(bytes)) {
            uploads.putPart(upload, number, content, tag, Attributes.NONE);
        }
        return new KeyUploads.PartReference(number, tag);
    }

    /** Between the look at the parts and the commit somebody may replace one, and collection free what was in it. */
    @Test
    void partsAreHeldUntilTheyAreAFile() throws IOException {
        List<KeyUploads.PartReference> parts = List.of(putPart(1, (byte) 1), putPart(2, (byte) 2));
        AtomicInteger leases = new AtomicInteger();
        WriteOptions noting = KEYS.when(ignored -> leases.set(store.chunks().openReaders()));
        uploads.complete(upload, parts, PutRequest.ofType(""), 0, noting);
        assertThat(leases).hasValue(1);
        assertThat(store.chunks().openReaders()).isZero();
        assertThat(store.read(PATH)).hasSize(100_000).startsWith(1, 1).endsWith(2, 2);
    }

    @Test
    void aPartThatWasReplacedIsNotTakenForTheOldOne() throws IOException {
        KeyUploads.PartReference old = putPart(1, (byte) 1);
        putPart(1, (byte) 3);
        assertThatThrownBy(() -> uploads.complete(upload, List.of(old), PutRequest.ofType(""), 0, KEYS))
                .isInstanceOf(StorageException.InvalidPart.class);
        assertThat(store.chunks().openReaders()).isZero();
        store.settleChunksOnly();
        uploads.abort(upload);
    }

    @Test
    void aNamedUploadHasABoundedNumberOfParts() throws IOException {
        NamedUploads named = store.namespace().namedUploads();
        Upload many = named.begin("tester", "many");
        try (StagedContent content = store.stage(new byte[10])) {
            named.putPart(many, "00001", content);
        }
        try (StagedContent content = store.stage(new byte[20])) {
            named.putPart(many, "00001", content);
        }
        Upload found = named.find("tester", "many");
        assertThat(found.attributes().get("n:parts")).as("one was replaced").contains("1");
        store.committer().commit(commit -> {
            // Ten thousand parts are too many for a test.
            byte[] key = many.id().getBytes(StandardCharsets.US_ASCII);
            byte[] row = Objects.requireNonNull(commit.get(Family.UPLOADS, key));
            byte[] full = Arrays.copyOf(row, row.length + 4);
            System.arraycopy("10000".getBytes(StandardCharsets.US_ASCII), 0, full, row.length - 1, 5);
            full[row.length - 2] = 5;
            commit.put(Family.UPLOADS, key, full);
            return true;
        });
        try (StagedContent content = store.stage(new byte[30])) {
            assertThatThrownBy(() -> named.putPart(many, "00002", content))
                    .isInstanceOf(StorageException.InvalidTarget.class)
                    .hasMessageContaining("10000 parts");
            named.putPart(many, "00001", content);
        }
        named.abort(many);
        uploads.abort(upload);
    }
}
