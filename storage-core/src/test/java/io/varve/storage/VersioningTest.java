package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.KeyVersion;
import io.varve.storage.namespace.KeyVersions;
import io.varve.storage.namespace.Restores;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.VersionId;
import io.varve.storage.namespace.VersionPage;
import io.varve.storage.namespace.Versioning;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Versions of keys in buckets with versioning, through every door. */
class VersioningTest extends VersionedBucket {
    @Test
    void overwritesAndDeletesKeepVersions() throws IOException {
        assertThat(put("a/k", "before")).isEqualTo(VersionId.NULL);
        versions.setVersioning("bucket", Versioning.ENABLED);
        VersionId one = put("a/k", "one");
        assertThat(one).isNotEqualTo(VersionId.NULL);
        VersionId two = put("a/k", "two");
        KeyVersions.Deleted marker = delete("a/k");
        assertThat(marker.marker()).isTrue();
        assertThat(store.namespace().find(path("a/k"))).isEmpty();
        assertThat(versions.latest(path("a/k")).orElseThrow().marker()).isTrue();
        assertThat(list()).containsExactly("a/k-*", "a/k=two", "a/k=one", "a/k=before");
        // Nothing current is left, and the folder with it.
        assertThat(store.namespace().find(path("a/"))).isEmpty();
        store.advance(Duration.ofDays(400));
        store.settle();
        assertThat(list()).containsExactly("a/k-*", "a/k=two", "a/k=one", "a/k=before");
        assertThatThrownBy(() -> store.namespace().deleteBucket("bucket", KEYS))
                .isInstanceOf(StorageException.BucketNotEmpty.class);
        assertThat(versions.find(path("a/k"), one).orElseThrow().entry().size()).isEqualTo(3);
        assertThat(delete("a/k", marker.version().orElseThrow()).marker()).isTrue();
        assertThat(read("a/k")).isEqualTo("two");
        assertThat(store.namespace().find(path("a/k")).orElseThrow().version()).isEqualTo(two);
        delete("a/k", two);
        assertThat(read("a/k")).isEqualTo("one");
        assertThat(list()).containsExactly("a/k=one*", "a/k=before");
        delete("a/k", VersionId.NULL);
        delete("a/k", one);
        assertThat(list()).isEmpty();
        store.namespace().deleteBucket("bucket", KEYS);
        store.advance(Duration.ofDays(400));
        store.settle();
    }

    /** The clock stands still: dates are the same to the millisecond, which is all that S3 tells of them. */
    @Test
    void versionsOfOneInstantAreInTheOrderTheyWereWritten() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        put("k", "1");
        put("k", "2");
        delete("k");
        delete("k");
        put("k", "3");
        List<Instant> dates = new ArrayList<>();
        for (VersionPage.Item item : versions.list("bucket", new VersionPage.Query("", "", "", "", 1000))
                .items()) {
            dates.add(((VersionPage.Found) item).version().entry().modified().truncatedTo(ChronoUnit.MILLIS));
        }
        assertThat(dates).hasSize(5).containsOnly(dates.getFirst());
        assertThat(list()).containsExactly("k=3*", "k-", "k-", "k=2", "k=1");
        assertThat(list(new VersionPage.Query("", "", "k", idOf(1), 2))).containsExactly("k-", "k=2");
        delete("k", VersionId.parse(idOf(0)).orElseThrow());
        assertThat(list()).containsExactly("k-*", "k-", "k=2", "k=1");
    }

    /** The id of what stands at a place of the list. */
    private String idOf(int place) {
        return ((VersionPage.Found) versions.list("bucket", new VersionPage.Query("", "", "", "", 1000))
                        .items()
                        .get(place))
                .version()
                .id()
                .toString();
    }

    @Test
    void suspendedVersioningHasOneNullVersion() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        put("k", "one");
        versions.setVersioning("bucket", Versioning.SUSPENDED);
        assertThat(put("k", "null 1")).isEqualTo(VersionId.NULL);
        put("k", "null 2");
        assertThat(list()).containsExactly("k=null 2*", "k=one");
        assertThat(delete("k").version()).contains(VersionId.NULL);
        assertThat(list()).containsExactly("k-*", "k=one");
        delete("k");
        assertThat(list()).containsExactly("k-*", "k=one");
        versions.setVersioning("bucket", Versioning.ENABLED);
        put("k", "two");
        assertThat(list()).containsExactly("k=two*", "k-", "k=one");
        versions.setVersioning("bucket", Versioning.SUSPENDED);
        put("k", "null 3");
        assertThat(list()).containsExactly("k=null 3*", "k=two", "k=one");
        delete("k", VersionId.NULL);
        assertThat(read("k")).isEqualTo("two");
        assertThat(list()).containsExactly("k=two*", "k=one");
    }

    @Test
    void whatWasDeletedByItsIdStaysInThePast() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        put("k", "one");
        Instant then = store.now();
        store.advance(Duration.ofHours(1));
        VersionId two = put("k", "two");
        Instant later = store.now();
        store.advance(Duration.ofHours(1));
        delete("k", two);
        assertThat(read("k")).isEqualTo("one");
        store.advance(Duration.ofHours(1));
        assertThat(readAt(then.plusSeconds(1))).isEqualTo("one");
        assertThat(readAt(later.plusSeconds(1))).isEqualTo("two");
        assertThat(readAt(store.now())).isEqualTo("one");
        assertThat(store.namespace().versions(path("k"), Instant.MAX, 10)).hasSize(3);
        store.advance(Duration.ofDays(31));
        store.settle();
        assertThat(store.namespace().versions(path("k"), Instant.MAX, 10)).hasSize(1);
        assertThat(read("k")).isEqualTo("one");
    }

    private String readAt(Instant moment) throws IOException {
        var past = store.namespace().at(moment);
        var entry = past.find(path("k")).orElseThrow();
        try (var reader = past.read(entry, 0, entry.size())) {
            return new String(reader.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void aReaderKeepsTheVersionItFound() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        put("deep/folder/k", "one");
        var found = store.namespace().find(path("deep/folder/k")).orElseThrow();
        delete("deep/folder/k");
        assertThat(new String(store.read(found), StandardCharsets.UTF_8)).isEqualTo("one");
    }

    @Test
    void aFoldersOwnKeyHasVersionsLikeAnyOther() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        VersionId one = put("f/", "one");
        put("f/inside", "x");
        store.namespace().makeDirectory(path("g/"), Attributes.NONE, FOLDERS);
        VersionId two = put("f/", "two");
        Instant then = store.now();
        store.advance(Duration.ofHours(1));
        VersionId marker = delete("f/").version().orElseThrow();
        // What lies under it stays, and the folder for that.
        assertThat(read("f/inside")).isEqualTo("x");
        assertThat(store.namespace().find(path("f/")).orElseThrow().explicit()).isFalse();
        assertThat(versions.latest(path("f/")).orElseThrow().marker()).isTrue();
        assertThat(list()).containsExactly("f/-*", "f/=two", "f/=one", "f/inside=x*", "g/=*");
        assertThat(list(new VersionPage.Query("f/", "", "f/", two.toString(), 1)))
                .containsExactly("f/=one");
        assertThat(store.namespace()
                        .at(then.plusSeconds(1))
                        .find(path("f/"))
                        .orElseThrow()
                        .explicit())
                .isTrue();
        KeyVersion found = versions.find(path("f/"), one).orElseThrow();
        assertThat(new String(store.read(found.entry()), StandardCharsets.UTF_8))
                .isEqualTo("one");
        delete("f/inside");
        assertThat(store.namespace().find(path("f/"))).isEmpty();
        assertThat(list()).containsExactly("f/-*", "f/=two", "f/=one", "f/inside-*", "f/inside=x", "g/=*");
        delete("f/", marker);
        assertThat(read("f/")).isEqualTo("two");
        delete("f/", two);
        delete("f/", one);
        assertThat(list()).containsExactly("f/inside-*", "f/inside=x", "g/=*");
        assertThat(delete("none/").marker()).isTrue();
        store.advance(Duration.ofDays(400));
        store.settle();
        assertThat(list()).containsExactly("f/inside-*", "f/inside=x", "g/=*", "none/-*");
        assertThat(put("f/", "three")).isNotEqualTo(VersionId.NULL);
        assertThat(list(new VersionPage.Query("f/", "", "", "", 9)))
                .containsExactly("f/=three*", "f/inside-*", "f/inside=x");
    }

    @Test
    void versionsThatAreDeletedPageByPageAreAllFound() throws IOException {
        for (String key : List.of("f/", "f/k")) {
            put(key, "null");
        }
        versions.setVersioning("bucket", Versioning.ENABLED);
        for (String key : List.of("f/", "f/k")) {
            for (int i = 0; i < 6; i++) {
                put(key, "text " + i);
                if (i % 3 == 2) {
                    delete(key);
                }
            }
        }
        VersionPage page = null;
        while (page == null || page.truncated()) {
            String key = page == null ? "" : page.nextKey();
            String version = page == null ? "" : page.nextVersion();
            page = versions.list("bucket", new VersionPage.Query("", "", key, version, 2));
            for (VersionPage.Item item : page.items()) {
                KeyVersion found = ((VersionPage.Found) item).version();
                delete(found.entry().path().key(), found.id());
            }
        }
        assertThat(list()).isEmpty();
    }

    @Test
    void propertiesMakeAVersionOfAFolderThatHadNone() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        put("f/inside", "x");
        VersionId marker = delete("f/").version().orElseThrow();
        store.namespace()
                .changeAttributes(
                        path("f/"),
                        all -> all.with(Attributes.PROPERTY + "{ns}colour", "blue"),
                        Optional.empty(),
                        FOLDERS);
        assertThat(list()).containsExactly("f/=*", "f/-", "f/inside=x*");
        VersionId made = versions.latest(path("f/")).orElseThrow().id();
        delete("f/", made);
        delete("f/", marker);
        assertThat(list()).containsExactly("f/inside=x*");
        assertThat(store.namespace().find(path("f/")).orElseThrow().explicit()).isFalse();
    }

    @Test
    void foldersAreDeletedMovedAndCopiedKeyByKey() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        store.namespace().makeDirectory(path("from/"), Attributes.NONE, FOLDERS);
        for (int i = 0; i < 600; i++) {
            put("from/sub/" + i, "old");
        }
        put("from/top", "top");
        store.namespace().move(path("from/"), path("to/"), false, FOLDERS);
        assertThat(store.namespace().find(path("from/"))).isEmpty();
        assertThat(read("to/sub/599")).isEqualTo("old");
        assertThat(list(new VersionPage.Query("from/top", "", "", "", 1000)))
                .containsExactly("from/top-*", "from/top=top");
        store.namespace().copy(path("to/"), path("copy/"), Optional.empty(), false, true, FOLDERS);
        assertThat(read("copy/top")).isEqualTo("top");
        store.namespace().delete(path("to/"), FOLDERS);
        assertThat(store.namespace().find(path("to/"))).isEmpty();
        assertThat(list(new VersionPage.Query("to/top", "", "", "", 1000))).containsExactly("to/top-*", "to/top=top");
        assertThat(list(new VersionPage.Query("", "/", "", "", 1000))).containsExactly("copy/", "from/", "to/");
        assertThat(read("copy/sub/0")).isEqualTo("old");
        assertThatThrownBy(() -> store.namespace().move(path("copy/"), path("copy/in/"), false, FOLDERS))
                .isInstanceOf(StorageException.InvalidTarget.class);
    }

    @Test
    void aFolderOfThePastComesBackAsNewVersions() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        put("f/a", "a1");
        put("f/b", "b1");
        Instant then = store.now();
        store.advance(Duration.ofHours(1));
        put("f/a", "a2");
        put("f/c", "c1");
        store.advance(Duration.ofHours(1));
        store.namespace()
                .restores()
                .restore(
                        store.namespace().at(then.plusSeconds(1)),
                        Restores.Request.inPlace(path("f/")),
                        FOLDERS,
                        ignored -> {});
        assertThat(read("f/a")).isEqualTo("a1");
        assertThat(store.namespace().find(path("f/c"))).isEmpty();
        assertThat(list(new VersionPage.Query("f/c", "", "", "", 1000))).containsExactly("f/c-*", "f/c=c1");
        assertThat(list(new VersionPage.Query("f/a", "", "", "", 1000)))
                .containsExactly("f/a=a1*", "f/a-", "f/a=a2", "f/a=a1");
    }

    @Test
    void listsInPages() throws IOException {
        versions.setVersioning("bucket", Versioning.ENABLED);
        for (String key : List.of("a", "a/b", "a//", "b/c/d", "b/c/e", "c", "d/x")) {
            put(key, "1");
            put(key, "2");
        }
        delete("d/x");
        delete("c");
        for (String delimiter : List.of("", "/", "c/")) {
            for (String prefix : List.of("", "a", "a/", "b/c")) {
                List<String> whole = list(new VersionPage.Query(prefix, delimiter, "", "", 1000));
                List<String> paged = new ArrayList<>();
                String key = "";
                String version = "";
                boolean more = true;
                while (more) {
                    var query = new VersionPage.Query(prefix, delimiter, key, version, 1);
                    VersionPage page = versions.list("bucket", query);
                    paged.addAll(list(query));
                    key = page.nextKey();
                    version = page.nextVersion();
                    more = page.truncated();
                }
                assertThat(paged)
                        .as(prefix + " by " + delimiter)
                        .isEqualTo(whole)
                        .isNotEmpty();
            }
        }
        assertThat(list(new VersionPage.Query("", "/", "", "", 1000)))
                .containsExactly("a=2*", "a=1", "a/", "b/", "c-*", "c=2", "c=1", "d/");
    }

    @Test
    void idsAreToldFromOtherTexts() {
        VersionId id = new VersionId(1_767_225_630_000_000L);
        assertThat(VersionId.parse(id.toString())).contains(id);
        assertThat(VersionId.parse("null")).contains(VersionId.NULL);
        for (String other :
                List.of("", "x", "0".repeat(32), "f".repeat(32), id.toString().toUpperCase(Locale.ROOT))) {
            assertThat(VersionId.parse(other)).as(other).isEmpty();
        }
    }
}
