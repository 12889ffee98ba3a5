package io.varve.storage;

import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyVersion;
import io.varve.storage.namespace.KeyVersions;
import io.varve.storage.namespace.VersionId;
import io.varve.storage.namespace.VersionPage;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A bucket of the name {@code bucket}, and what tests of versions do in it; what they leave must be sound. */
abstract class VersionedBucket {
    static final WriteOptions KEYS = WriteOptions.keys("tester");
    static final WriteOptions FOLDERS = WriteOptions.folders("tester");

    StoreFixture store;
    KeyVersions versions;

    @BeforeEach
    void open() throws IOException {
        store = StoreFixture.withBucket();
        versions = store.namespace().keyVersions();
    }

    @AfterEach
    void close() throws IOException {
        store.requireClean();
        store.close();
    }

    static EntryPath path(String key) {
        return new EntryPath("bucket", key);
    }

    VersionId put(String key, String text) throws IOException {
        return store.put(path(key), text.getBytes(StandardCharsets.UTF_8))
                .entry()
                .version();
    }

    KeyVersions.Deleted delete(String key) {
        return versions.delete(new KeyVersions.Delete(path(key), Optional.empty(), false, KEYS));
    }

    KeyVersions.Deleted delete(String key, VersionId id) {
        return versions.delete(new KeyVersions.Delete(path(key), Optional.of(id), false, KEYS));
    }

    String read(String key) throws IOException {
        return new String(store.read(path(key)), StandardCharsets.UTF_8);
    }

    /** Each version as {@code key=text}, a marker as {@code key-}, the latest with a star. */
    List<String> list(VersionPage.Query query) throws IOException {
        List<String> told = new ArrayList<>();
        for (VersionPage.Item item : versions.list("bucket", query).items()) {
            if (item instanceof VersionPage.Found found) {
                KeyVersion version = found.version();
                String text =
                        version.marker() ? "-" : "=" + new String(store.read(version.entry()), StandardCharsets.UTF_8);
                told.add(version.entry().path().key() + text + (version.latest() ? "*" : ""));
            } else if (item instanceof VersionPage.Prefix rollUp) {
                told.add(rollUp.prefix());
            }
        }
        return told;
    }

    List<String> list() throws IOException {
        return list(new VersionPage.Query("", "", "", "", 1000));
    }
}
