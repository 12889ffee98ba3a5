package io.varve.storage.namespace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.chunkstore.Content;
import io.varve.storage.chunkstore.ManifestChild;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Batch;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MemoryMetadataStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The rows of what goes by itself as {@code docs/format.md} shows them, and what {@code fsck} says if they are wrong. */
class DueRowsTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final long ROOT = 3;
    private static final long FOLDER = 7;
    private static final byte[] FILE = NameKeys.fileName("f");

    @Test
    void theRowsAreAsDescribed() throws CorruptionException {
        assertThat(HEX.formatHex(DueIndex.placeKey(FOLDER))).isEqualTo("00" + "0000000000000007");
        assertThat(HEX.formatHex(NameKeys.now(ROOT, NameKeys.directoryName("a"))))
                .isEqualTo("0000000000000003" + "612f");
        assertThat(HEX.formatHex(NameKeys.now(NameKeys.NOWHERE, NameKeys.bucket("abc"))))
                .isEqualTo("0000000000000000" + "616263");
        assertThat(HEX.formatHex(DueIndex.dueKey(3000, FOLDER, FILE)))
                .isEqualTo("01" + "0000000000000bb8" + "0000000000000007" + "66");
        assertThat(HEX.formatHex(DueIndex.ruleKey(5, "t/"))).isEqualTo("02" + "0000000000000005" + "742f");
        byte[] bytes = new byte[(int) KnownContents.BYTES_MIN];
        Fingerprint hash = Fingerprint.of(bytes, 0, bytes.length);
        EntryRow known = new EntryRow(
                Entry.Kind.FILE,
                true,
                100,
                0,
                Optional.empty(),
                Optional.empty(),
                "",
                KnownContents.in(Attributes.NONE, hash),
                new Content(List.of(new ManifestChild(hash, bytes.length, false))));
        assertThat(KnownContents.key(known, FOLDER, FILE).map(HEX::formatHex))
                .contains("03" + "4fe7b59af6de3b665b67788cc2f99892ab827efae3a467342b3bb4e3bc8e5bfe" + "0000000000000007"
                        + "66");
        TtlRule rule = new TtlRule("t/", Duration.ofMinutes(90));
        assertThat(HEX.formatHex(rule.encode())).isEqualTo("00" + "982a");
        assertThat(TtlRule.decode("t/", HEX.parseHex("00982a"))).isEqualTo(rule);
        assertThat(new TimeToLive.For(Duration.ofHours(2)).in(Attributes.NONE).get("e:expires"))
                .contains("2h");
        assertThat(TimeToLive.resolved(Attributes.NONE.with("e:expires", "2h"), 1_000)
                        .get("e:expires"))
                .contains("7200001000");
        assertThat(TimeToLive.resolved(Attributes.NONE.with("e:expires", "3000"), 1_000)
                        .get("e:expires"))
                .contains("3000");
    }

    @Test
    void aDamagedRuleIsNoticed() {
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(14)];
            random.nextBytes(bytes);
            byte[] head = random.nextBoolean() && bytes.length > 0 ? Arrays.copyOf(new byte[1], bytes.length) : bytes;
            try {
                assertThat(TtlRule.decode("p", head).age()).isPositive();
            } catch (CorruptionException e) {
                assertThat(e).hasMessageNotContaining("null");
            }
        }
        assertThatThrownBy(() -> TtlRule.decode("p", HEX.parseHex("0100"))).isInstanceOf(CorruptionException.class);
    }

    private static EntryRow file(long due) {
        Attributes attributes = due == 0 ? Attributes.NONE : Attributes.NONE.with("e:expires", Long.toString(due));
        return new EntryRow(
                Entry.Kind.FILE, true, 100, 0, Optional.empty(), Optional.empty(), "", attributes, Content.EMPTY);
    }

    /** A bucket with a folder with a file that is due at 3000; the rows can be left out. */
    private static List<String> findings(long due, boolean filed, boolean placed, boolean linked, long reached)
            throws IOException {
        Batch batch = new Batch();
        batch.put(
                Family.BUCKETS,
                NameKeys.bucket("abc"),
                BucketRow.created(ROOT, 50, "al").encode());
        if (linked) {
            byte[] folder = NameKeys.now(ROOT, NameKeys.directoryName("a"));
            batch.put(Family.NOW, folder, EntryRow.implicitDirectory(90, FOLDER).encode());
        }
        batch.put(Family.NOW, NameKeys.now(FOLDER, FILE), file(due).encode());
        if (filed) {
            batch.put(Family.DUE, DueIndex.dueKey(3000, FOLDER, FILE), new byte[0]);
        }
        if (placed) {
            batch.put(Family.DUE, DueIndex.placeKey(FOLDER), NameKeys.now(ROOT, NameKeys.directoryName("a")));
        }
        batch.put(Family.DUE, DueIndex.placeKey(ROOT), NameKeys.now(NameKeys.NOWHERE, NameKeys.bucket("abc")));
        List<String> findings = new ArrayList<>();
        try (MemoryMetadataStore store = new MemoryMetadataStore()) {
            store.apply(batch);
            new DueCheck(store, reached, findings::add).run();
        }
        return findings;
    }

    @Test
    void theCheckSaysWhatIsWrong() throws IOException {
        assertThat(findings(3000, true, true, true, 200)).isEmpty();
        assertThat(findings(0, false, false, true, 200)).isEmpty();
        // The folder was deleted with all it held.
        assertThat(findings(3000, true, true, false, 200)).isEmpty();
        assertThat(findings(3000, false, true, false, 4000)).isEmpty();

        assertThat(findings(3000, false, true, true, 200))
                .containsExactly("The time to live of 'abc/a/f' is not filed.");
        assertThat(findings(3000, false, true, true, 4000))
                .containsExactly("The time to live of 'abc/a/f' is not filed.");
        assertThat(findings(0, true, true, true, 200))
                .containsExactly("A time to live is filed for 'abc/a/f', which has another or none.");
        assertThat(findings(3000, true, false, true, 200))
                .containsExactly("Nothing leads to 'f' in directory 7, which has a time to live.");
    }
}
