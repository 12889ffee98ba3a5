package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.DeviceFiles;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.TieredDirectory;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Import;
import io.varve.storage.namespace.LockRequest;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.TtlRule;
import io.varve.storage.namespace.Upload;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.segment.SegmentPlaces;
import io.varve.storage.segment.Tier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Every family's rows as a store writes them, against golden files: what a store of this format wrote, every later program of the same
 * format must write and read. If one of these tests fails, it is the format that changed: then {@code docs/format.md} and FORMAT change, too.
 *
 * <p>CHUNKS, USERS and KEYS have golden files of their own; what depends on a library's version is left out.
 */
class RowsOnDiskTest {
    private static final WriteOptions KEYS = WriteOptions.keys("alice");
    private static final WriteOptions FOLDERS = WriteOptions.folders("alice");

    /** In place of what is random: ids of uploads and tokens of locks. */
    private static final String RANDOM = "?";

    private final MemoryDeviceDirectory journal = new MemoryDeviceDirectory();
    private final List<MemoryDeviceDirectory> disks = List.of(new MemoryDeviceDirectory(), new MemoryDeviceDirectory());
    private StoreFixture store;
    private Namespace namespace;

    @BeforeEach
    void open() throws IOException {
        store = new StoreFixture(
                journal,
                SegmentPlaces.of(TieredDirectory.of(List.copyOf(disks)), List.of(Tier.HOT, Tier.COLD), view -> view),
                Optional.empty(),
                Instant.parse("2026-01-01T00:00:00Z"));
        namespace = store.namespace();
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    private static EntryPath path(String key) {
        return new EntryPath("photos", key);
    }

    private void put(String key, String text) throws IOException {
        store.advance(Duration.ofSeconds(1));
        store.put(path(key), text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] noise(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Compresses, so that it is worth a look for what resembles it. */
    private static byte[] words(long seed, int length) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append("word ").append(random.nextInt(300)).append(' ');
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), length);
    }

    /** The rows of some families, one a line: family, key, value. */
    private static String rows(MetadataView view, Set<Family> families, String... random) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Family family : families.stream().sorted().toList()) {
            try (Cursor cursor = view.scan(family, new byte[0], null)) {
                while (cursor.next()) {
                    lines.add(family + " " + hex(cursor.key(), random) + " " + hex(cursor.value(), random));
                }
            }
        }
        return String.join("\n", lines) + "\n";
    }

    private static String hex(byte[] bytes, String... random) {
        String hex = HexFormat.of().formatHex(bytes);
        for (String each : random) {
            hex = hex.replace(HexFormat.of().formatHex(each.getBytes(StandardCharsets.UTF_8)), RANDOM);
        }
        return hex;
    }

    private void requireGolden(String file, Set<Family> families, String... random) throws IOException {
        String rows = rows(store.metadata(), families, random);
        assertThat(rows).isEqualTo(DeviceFiles.golden(RowsOnDiskTest.class, file));
    }

    @Test
    void names() throws IOException {
        namespace.createBucket("photos", "alice");
        put("a/one.txt", "one");
        put("a/one.txt", "two");
        put("a/zero\u0001\u00e9", "");
        store.advance(Duration.ofSeconds(1));
        namespace.delete(path("a/one.txt"), KEYS);
        namespace.delete(path("a/zero\u0001\u00e9"), KEYS);
        namespace.makeDirectory(
                path("made/"),
                Attributes.NONE.with("p:DAV: displayname", "Made").with("u:a", "b"),
                FOLDERS);
        put("made/x", "x");
        put("made/sub/y", "y");
        store.advance(Duration.ofSeconds(1));
        namespace.move(path("made/sub/"), path("moved/"), false, FOLDERS);
        namespace.move(path("made/x"), path("x"), false, FOLDERS);
        namespace.delete(path("made/"), FOLDERS);
        namespace.retention().set("photos", RetentionPolicy.parse("7d,last=2"));
        namespace.changeBucketSettings("photos", settings -> settings.with("s:cors", "<rules/>"));
        namespace.createBucket("former", "bob");
        store.advance(Duration.ofSeconds(1));
        namespace.deleteBucket("former", KEYS);
        store.advance(Duration.ofSeconds(1));
        Import begun = namespace.imports().begin("/here", path("in"), "alice");
        namespace.imports().finish(begun);
        namespace.ttl().setRule("photos", new TtlRule("tmp/", Duration.ofDays(7)));
        namespace.changeAttributes(
                path("x"), before -> before.with(Attributes.EXPIRES, "1893456000000000"), Optional.empty(), KEYS);
        requireGolden(
                "rows-of-names-2.txt",
                Set.of(Family.SYSTEM, Family.BUCKETS, Family.NOW, Family.PAST, Family.ENDED, Family.DUE));
    }

    @Test
    void uploadsAndLocks() throws IOException {
        namespace.createBucket("photos", "alice");
        store.advance(Duration.ofSeconds(1));
        Upload upload = namespace
                .keyUploads()
                .begin(
                        path("big"),
                        PutRequest.ofType("text/plain").withAttributes(Attributes.NONE.with("u:a", "b")),
                        KEYS);
        try (StagedContent part = store.stage("part".getBytes(StandardCharsets.UTF_8))) {
            namespace
                    .keyUploads()
                    .putPart(
                            upload,
                            7,
                            part,
                            new EntityTag("000102030405060708090a0b0c0d0e0f"),
                            Attributes.NONE.with("c:crc32", "AAAAAA=="));
        }
        String token = namespace
                .lock(path("locked"), new LockRequest("<owner/>", true, false, 600), FOLDERS)
                .token();
        requireGolden("rows-of-uploads-2.txt", Set.of(Family.UPLOADS, Family.PARTS, Family.LOCKS), upload.id(), token);
    }

    @Test
    void counts() throws IOException {
        namespace.createBucket("photos", "alice");
        put("a/one", "one");
        put("a/two", "one");
        put("a/two", "two");
        namespace.retention().set("photos", Optional.of(RetentionPolicy.NONE));
        namespace.delete(path("a/one"), KEYS);
        requireGolden("rows-of-counts-2.txt", Set.of(Family.COUNTS, Family.CANDIDATES, Family.USAGE, Family.WAITING));
    }

    /** While it arrives, content with pages is held by a lease. */
    @Test
    void leases() throws IOException {
        namespace.createBucket("photos", "alice");
        try (StagedContent content = store.stage(noise(1, 3 << 20))) {
            assertThat(content.content().length()).isEqualTo(3 << 20);
            requireGolden("rows-of-leases-2.txt", Set.of(Family.LEASES));
        }
    }

    @Test
    void similarChunks() throws IOException {
        namespace.createBucket("photos", "alice");
        byte[] text = words(2, 6000);
        store.put(path("file"), text);
        Arrays.fill(text, 3000, 3020, (byte) '-');
        store.put(path("file"), text);
        while (!store.reencode(1)) {
            // Each step is one commit.
        }
        requireGolden("rows-of-features-2.txt", Set.of(Family.FEATURES, Family.DELTAS));
    }

    @Test
    void upkeep() throws IOException {
        namespace.createBucket("photos", "alice");
        store.put(path("file"), noise(3, 20_000));
        store.segments().seal();
        store.move(store.tiers(Map.of(Tier.HOT, 10L << 30), Duration.ofDays(7), 100));
        store.advance(Duration.ofSeconds(1));
        store.scrubber().scrub(false, new JobControl());
        store.checkpoint();
        requireGolden("rows-of-upkeep-2.txt", Set.of(Family.SYSTEM, Family.SEGMENTS, Family.ACCESS));
    }

    /** A chunk that does not verify is noted. */
    @Test
    void damage() throws IOException {
        namespace.createBucket("photos", "alice");
        store.put(path("file"), noise(4, 20_000));
        store.close();
        // As a store that has nothing of it in memory.
        open();
        MemoryDeviceDirectory hot = disks.getFirst();
        String segment = hot.list().stream()
                .filter(name -> name.endsWith(".seg"))
                .findFirst()
                .orElseThrow();
        DeviceFiles.flipBitInPlace(hot, segment, Byte.SIZE * (4096L + 100));
        store.advance(Duration.ofSeconds(2));
        store.scrubber().scrub(false, new JobControl());
        requireGolden("rows-of-damage-2.txt", Set.of(Family.DAMAGED));
    }
}
