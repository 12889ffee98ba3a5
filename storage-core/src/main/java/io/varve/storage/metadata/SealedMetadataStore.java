package io.varve.storage.metadata;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.sealing.FileKey;
import io.varve.storage.sealing.FileSealer;
import io.varve.storage.sealing.LentBytes;
import io.varve.storage.sealing.Sealing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A metadata store whose values are encrypted in the store below. Keys stay as they are, because they sort; so do counters, which the
 * store below adds up, and values without a byte.
 *
 * <p>Every opening makes a data key of its own and keeps it, wrapped by the master key, in a row that nobody above sees; values name the key they
 * were sealed with, so those of earlier openings stay readable. Each is bound to its family and key. The row of a key is applied before the first
 * value, and a store holds a prefix of its batches, so a value is never there without its key. The layout is in {@code docs/format.md},
 * "Sealed metadata". Thread-safe as the store below is.
 */
public final class SealedMetadataStore implements MetadataStore {
    private static final byte[] KEY_ROWS = "sealing-key ".getBytes(US_ASCII);
    private static final byte[] CONTEXT = "VARVEMTA".getBytes(US_ASCII);
    private static final int HEADER_BYTES = Integer.BYTES + Long.BYTES;

    private final MetadataStore store;
    private final Sealing sealing;
    private final UUID storeId;
    private final FileSealer sealer;
    private final int number;

    /** All keys of the store, by their numbers. */
    private final Map<Integer, FileKey> keys;

    private SealedMetadataStore(
            MetadataStore store,
            Sealing sealing,
            UUID storeId,
            FileSealer sealer,
            int number,
            Map<Integer, FileKey> keys) {
        this.store = store;
        this.sealing = sealing;
        this.storeId = storeId;
        this.sealer = sealer;
        this.number = number;
        this.keys = keys;
    }

    /**
     * Opens what was sealed, or is empty.
     *
     * @param store the store below, which this closes when it is closed itself; not if this throws
     * @param sealing it must be on
     * @throws CorruptionException if the row of a key is damaged
     * @throws io.varve.storage.sealing.KeyMissingException if the master key is not there
     */
    public static SealedMetadataStore open(MetadataStore store, Sealing sealing, UUID storeId) throws IOException {
        FileSealer sealer =
                sealing.newKey().orElseThrow(() -> new IllegalArgumentException("Encryption at rest is off."));
        Map<Integer, FileKey> keys = new HashMap<>();
        Batch rows = new Batch();
        int newest = 0;
        try (Cursor cursor = store.scanPrefix(Family.SYSTEM, KEY_ROWS)) {
            while (cursor.next()) {
                int number = numberOf(cursor.key());
                FileKey key = sealing.unwrap(cursor.value(), context(storeId, number));
                keys.put(number, key);
                newest = number;
                if (!sealing.isUnderNewest(cursor.value())) {
                    rows.put(Family.SYSTEM, cursor.key(), sealing.wrap(key, context(storeId, number)));
                }
            }
        }
        int number = Math.incrementExact(newest);
        keys.put(number, sealer.key());
        store.apply(rows.put(Family.SYSTEM, row(number), sealing.wrap(sealer.key(), context(storeId, number))));
        return new SealedMetadataStore(store, sealing, storeId, sealer, number, Map.copyOf(keys));
    }

    /** Wraps all keys by the newest master key, durably when this returns. Nothing else of the store changes. */
    public void renewKeys() throws IOException {
        Batch rows = new Batch();
        try (Cursor cursor = store.scanPrefix(Family.SYSTEM, KEY_ROWS)) {
            while (cursor.next()) {
                if (!sealing.isUnderNewest(cursor.value())) {
                    byte[] context = context(storeId, numberOf(cursor.key()));
                    rows.put(
                            Family.SYSTEM,
                            cursor.key(),
                            sealing.wrap(sealing.unwrap(cursor.value(), context), context));
                }
            }
        }
        store.apply(rows);
        store.flush();
    }

    /** Whether a store's values are sealed. */
    public static boolean isSealed(MetadataStore store) throws IOException {
        try (Cursor cursor = store.scanPrefix(Family.SYSTEM, KEY_ROWS)) {
            return cursor.next();
        }
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) throws IOException {
        return get(store, family, key);
    }

    @Override
    public List<byte @Nullable []> multiGet(Family family, List<byte[]> wanted) throws IOException {
        return multiGet(store, family, wanted);
    }

    @Override
    public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
        return new OpeningCursor(family, store.scan(family, from, toExclusive));
    }

    @Override
    public void apply(Batch batch) throws IOException {
        Batch sealed = new Batch();
        for (Batch.Operation operation : batch.list()) {
            Change change = operation.change instanceof Change.Put put
                    ? new Change.Put(closed(operation.family, operation.key, put.value))
                    : operation.change;
            // Not by append: what sealing adds may not make a batch too large that was not.
            sealed.list().add(new Batch.Operation(operation.family, operation.key, change));
        }
        store.apply(sealed);
    }

    @Override
    public MetadataSnapshot snapshot() throws IOException {
        return new OpeningSnapshot(store.snapshot());
    }

    @Override
    public void flush() throws IOException {
        store.flush();
    }

    @Override
    public void compact() throws IOException {
        store.compact();
    }

    @Override
    public MetadataStatistics statistics() throws IOException {
        return store.statistics();
    }

    @Override
    public void close() throws IOException {
        store.close();
    }

    private byte @Nullable [] get(MetadataView view, Family family, byte[] key) throws IOException {
        byte[] value = isKeyRow(family, key) ? null : view.get(family, key);
        return value == null ? null : opened(family, key, value);
    }

    private List<byte @Nullable []> multiGet(MetadataView view, Family family, List<byte[]> wanted) throws IOException {
        List<byte @Nullable []> values = new ArrayList<>(view.multiGet(family, wanted));
        for (int i = 0; i < values.size(); i++) {
            byte[] value = values.get(i);
            byte[] key = wanted.get(i);
            values.set(i, value == null || isKeyRow(family, key) ? null : opened(family, key, value));
        }
        return values;
    }

    private byte[] closed(Family family, byte[] key, byte[] value) {
        if (family.counter() || value.length == 0) {
            return value;
        }
        try (LentBytes sealed = sealer.seal(place(family, key), ByteBuffer.wrap(value))) {
            ByteBuffer bytes = sealed.bytes();
            return ByteBuffer.allocate(HEADER_BYTES + bytes.remaining())
                    .putInt(number)
                    .putLong(sealed.number())
                    .put(bytes)
                    .array();
        }
    }

    private byte[] opened(Family family, byte[] key, byte[] value) throws CorruptionException {
        if (family.counter() || value.length == 0) {
            return value;
        }
        ByteBuffer bytes = ByteBuffer.wrap(value);
        FileKey opens = value.length < HEADER_BYTES ? null : keys.get(bytes.getInt());
        if (opens == null) {
            throw new CorruptionException("A row of " + family + " in the metadata is not sealed as it should be.");
        }
        try (LentBytes plain = opens.open(bytes.getLong(), place(family, key), bytes)) {
            byte[] copy = new byte[plain.bytes().remaining()];
            plain.bytes().get(copy);
            return copy;
        }
    }

    /** What a value is bound to. */
    private static byte[] place(Family family, byte[] key) {
        byte[] place = new byte[1 + key.length];
        place[0] = (byte) family.id();
        System.arraycopy(key, 0, place, 1, key.length);
        return place;
    }

    private static byte[] row(int number) {
        return ByteBuffer.allocate(KEY_ROWS.length + Integer.BYTES)
                .put(KEY_ROWS)
                .putInt(number)
                .array();
    }

    private static int numberOf(byte[] row) throws CorruptionException {
        if (row.length != KEY_ROWS.length + Integer.BYTES) {
            throw new CorruptionException("The metadata has a key of its own under a name that is none.");
        }
        return ByteBuffer.wrap(row).getInt(KEY_ROWS.length);
    }

    private static boolean isKeyRow(Family family, byte[] key) {
        return family == Family.SYSTEM
                && key.length >= KEY_ROWS.length
                && Arrays.equals(key, 0, KEY_ROWS.length, KEY_ROWS, 0, KEY_ROWS.length);
    }

    private static byte[] context(UUID storeId, int number) {
        return ByteBuffer.allocate(CONTEXT.length + 2 * Long.BYTES + Integer.BYTES)
                .put(CONTEXT)
                .putLong(storeId.getMostSignificantBits())
                .putLong(storeId.getLeastSignificantBits())
                .putInt(number)
                .array();
    }

    /** Opens the values of a cursor, and passes over the rows of keys. */
    private final class OpeningCursor implements Cursor {
        private final Family family;
        private final Cursor cursor;
        private byte @Nullable [] value;

        OpeningCursor(Family family, Cursor cursor) {
            this.family = family;
            this.cursor = cursor;
        }

        @Override
        public boolean next() throws IOException {
            value = null;
            boolean found = cursor.next();
            while (found && isKeyRow(family, cursor.key())) {
                found = cursor.next();
            }
            if (found) {
                value = opened(family, cursor.key(), cursor.value());
            }
            return found;
        }

        @Override
        public byte[] key() {
            return cursor.key();
        }

        @Override
        public byte[] value() {
            byte[] present = value;
            return present == null ? cursor.value() : present;
        }

        @Override
        public void close() {
            value = null;
            cursor.close();
        }
    }

    /** Opens the values of a snapshot. */
    private final class OpeningSnapshot implements MetadataSnapshot {
        private final MetadataSnapshot snapshot;

        OpeningSnapshot(MetadataSnapshot snapshot) {
            this.snapshot = snapshot;
        }

        @Override
        public byte @Nullable [] get(Family family, byte[] key) throws IOException {
            return SealedMetadataStore.this.get(snapshot, family, key);
        }

        @Override
        public List<byte @Nullable []> multiGet(Family family, List<byte[]> wanted) throws IOException {
            return SealedMetadataStore.this.multiGet(snapshot, family, wanted);
        }

        @Override
        public Cursor scan(Family family, byte[] from, byte @Nullable [] toExclusive) throws IOException {
            return new OpeningCursor(family, snapshot.scan(family, from, toExclusive));
        }

        @Override
        public void close() {
            snapshot.close();
        }
    }
}
