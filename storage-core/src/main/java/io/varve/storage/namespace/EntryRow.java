package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Content;
import io.varve.storage.chunkstore.ManifestPage;
import io.varve.storage.chunkstore.Varint;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.namespace.Entry.Kind;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;

/**
 * An entry without its place: the value of a NOW row, and of a PAST row behind the end of its validity.
 *
 * <p>Form: a head byte of flags, the sequence, then what the flags announce: directory id, modification time (as its distance from
 * the sequence), entity tag, content type, attributes, content root. What can be derived is not stored, because there are as many
 * of these rows as files. Described byte for byte in {@code docs/format.md}.
 *
 * @param etag empty: derived from the content
 * @param modified empty: the time of the commit
 */
record EntryRow(
        Kind kind,
        boolean explicit,
        long sequence,
        long directory,
        Optional<Instant> modified,
        Optional<EntityTag> etag,
        String contentType,
        Attributes attributes,
        Content content) {
    private static final int DIRECTORY = 1;
    private static final int IMPLICIT = 1 << 1;
    private static final int HAS_MODIFIED = 1 << 2;
    private static final int HAS_ETAG = 1 << 3;
    private static final int HAS_TYPE = 1 << 4;
    private static final int HAS_ATTRIBUTES = 1 << 5;
    private static final int HAS_CONTENT = 1 << 6;

    private static final int TAG_MD5 = 0;
    private static final int TAG_PARTS = 1;
    private static final int TAG_TEXT = 2;

    private static final HexFormat HEX = HexFormat.of();
    private static final int MD5_BYTES = 16;
    private static final int HEAD_BYTES_MAX = 256;

    /** A directory that exists because something lies under it. */
    static EntryRow implicitDirectory(long sequence, long directory) {
        return new EntryRow(
                Kind.DIRECTORY,
                false,
                sequence,
                directory,
                Optional.empty(),
                Optional.empty(),
                "",
                Attributes.NONE,
                Content.EMPTY);
    }

    boolean isDirectory() {
        return kind == Kind.DIRECTORY;
    }

    EntryRow withSequence(long changed) {
        return new EntryRow(
                kind,
                explicit,
                changed,
                directory,
                Optional.of(shownModified()),
                etag,
                contentType,
                attributes,
                content);
    }

    EntryRow withAttributes(Attributes changed) {
        return new EntryRow(kind, explicit, sequence, directory, modified, etag, contentType, changed, content);
    }

    EntryRow withModified(Instant changed) {
        return new EntryRow(
                kind, explicit, sequence, directory, Optional.of(changed), etag, contentType, attributes, content);
    }

    /** When it is to go by itself, in microseconds since the epoch; {@link RetentionPolicy#NEVER} if it is not. */
    long due() {
        return attributes.get(Attributes.EXPIRES).map(Long::parseLong).orElse(RetentionPolicy.NEVER);
    }

    /** A copy stays, however long its original lives, and is a version of its own. */
    EntryRow ofCopy() {
        return attributes.isEmpty() ? this : withAttributes(attributes.ofCopy());
    }

    /** The row as one that nothing locks. */
    EntryRow unlocked() {
        return withAttributes(VersionLock.NONE.in(attributes));
    }

    /** The number of the version's id; 0 for the null version. */
    long version() {
        return attributes
                .get(Attributes.VERSION)
                .map(text -> text.isEmpty() ? sequence : Long.parseLong(text))
                .orElse(0L);
    }

    /** The row as a version with an id of its own, or as the null version. */
    EntryRow asVersion(boolean numbered) {
        boolean right = numbered
                ? attributes.get(Attributes.VERSION).filter(String::isEmpty).isPresent()
                : attributes.get(Attributes.VERSION).isEmpty();
        if (right) {
            return this;
        }
        return withAttributes(
                numbered ? attributes.with(Attributes.VERSION, "") : attributes.without(Attributes.VERSION));
    }

    /** The row brought back by another commit as the version it was. */
    EntryRow broughtBack(long commit) {
        EntryRow again = withSequence(commit);
        return version() == 0
                ? again
                : again.withAttributes(attributes.with(Attributes.VERSION, Long.toString(version())));
    }

    /** The row of a directory with another id. */
    EntryRow inDirectory(long id) {
        return directory == id
                ? this
                : new EntryRow(kind, explicit, sequence, id, modified, etag, contentType, attributes, content);
    }

    /** The mark of a delete. */
    static EntryRow marker(long sequence, boolean numbered) {
        return new EntryRow(
                        Kind.FILE,
                        true,
                        sequence,
                        0,
                        Optional.empty(),
                        Optional.empty(),
                        "",
                        Attributes.NONE,
                        Content.EMPTY)
                .asVersion(numbered);
    }

    EntryRow madeExplicit() {
        return new EntryRow(kind, true, sequence, directory, modified, etag, contentType, attributes, content);
    }

    EntryRow withDirectory(long changed) {
        return new EntryRow(kind, explicit, sequence, changed, modified, etag, contentType, attributes, content);
    }

    Entry at(EntryPath path) {
        return new Entry(
                path,
                kind,
                sequence,
                shownModified(),
                etag.orElseGet(() -> derivedTag(content)),
                contentType,
                attributes,
                content,
                directory,
                explicit);
    }

    Instant shownModified() {
        return modified.orElseGet(() -> instant(sequence));
    }

    byte[] encode() {
        ByteBuffer row = ByteBuffer.allocate(HEAD_BYTES_MAX
                + 3 * contentType.length()
                + 3 * etag.map(t -> t.value().length()).orElse(0)
                + Rows.attributesBytesMax(attributes)
                + ManifestPage.bytesMax(content.children().size()));
        write(row);
        return Rows.trimmed(row);
    }

    void write(ByteBuffer row) {
        boolean hasContent = !content.children().isEmpty();
        row.put((byte) ((isDirectory() ? DIRECTORY : 0)
                | (explicit ? 0 : IMPLICIT)
                | (modified.isPresent() ? HAS_MODIFIED : 0)
                | (etag.isPresent() ? HAS_ETAG : 0)
                | (contentType.isEmpty() ? 0 : HAS_TYPE)
                | (attributes.isEmpty() ? 0 : HAS_ATTRIBUTES)
                | (hasContent ? HAS_CONTENT : 0)));
        row.putLong(sequence);
        if (isDirectory()) {
            row.putLong(directory);
        }
        modified.ifPresent(time -> Varint.write(row, Rows.zigzag(sequence - micros(time))));
        etag.ifPresent(tag -> writeTag(row, tag));
        if (!contentType.isEmpty()) {
            Rows.writeText(row, Rows.utf8(contentType));
        }
        if (!attributes.isEmpty()) {
            Rows.writeAttributes(row, attributes);
        }
        if (hasContent) {
            ManifestPage.encode(content.children(), row);
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws CorruptionException if it is no such row
     */
    static EntryRow decode(ByteBuffer row) throws CorruptionException {
        Rows.requireBytes(row, 1 + Long.BYTES);
        int flags = row.get();
        long sequence = row.getLong();
        long directory = (flags & DIRECTORY) != 0 ? Rows.readLong(row) : 0;
        Optional<Instant> modified = (flags & HAS_MODIFIED) != 0
                ? Optional.of(instant(sequence - Rows.unzigzag(Varint.read(row))))
                : Optional.empty();
        Optional<EntityTag> etag = (flags & HAS_ETAG) != 0 ? Optional.of(readTag(row)) : Optional.empty();
        String type = (flags & HAS_TYPE) != 0 ? Rows.readText(row) : "";
        Attributes attributes = (flags & HAS_ATTRIBUTES) != 0 ? Rows.readAttributes(row) : Attributes.NONE;
        Content content = (flags & HAS_CONTENT) != 0
                ? new Content(ManifestPage.decode(row, Content.CHILDREN_MAX))
                : Content.EMPTY;
        return new EntryRow(
                (flags & DIRECTORY) != 0 ? Kind.DIRECTORY : Kind.FILE,
                (flags & IMPLICIT) == 0,
                sequence,
                directory,
                modified,
                etag,
                type,
                attributes,
                content);
    }

    static EntryRow decode(byte[] row) throws CorruptionException {
        return decode(ByteBuffer.wrap(row));
    }

    /** A tag that is the same for the same bytes and cannot be taken for an MD5. */
    static EntityTag derivedTag(Content content) {
        ByteBuffer root =
                ByteBuffer.allocate(ManifestPage.bytesMax(content.children().size()));
        ManifestPage.encode(content.children(), root);
        String hex = Fingerprint.of(root.flip()).toHex();
        return new EntityTag(hex.substring(0, 2 * MD5_BYTES) + "-0");
    }

    static void writeTag(ByteBuffer row, EntityTag tag) {
        String value = tag.value();
        int dash = value.indexOf('-');
        if (isLowerHex(value, value.length()) && tag.isMd5()) {
            row.put((byte) TAG_MD5).put(HEX.parseHex(value));
        } else if (dash == 2 * MD5_BYTES && isLowerHex(value, dash) && isPlainNumber(value.substring(dash + 1))) {
            row.put((byte) TAG_PARTS).put(HEX.parseHex(value.substring(0, dash)));
            Varint.write(row, Integer.parseInt(value.substring(dash + 1)));
        } else {
            row.put((byte) TAG_TEXT);
            Rows.writeText(row, Rows.utf8(value));
        }
    }

    static EntityTag readTag(ByteBuffer row) throws CorruptionException {
        Rows.requireBytes(row, 1);
        return switch (row.get()) {
            case TAG_MD5 -> new EntityTag(readHex(row));
            case TAG_PARTS -> new EntityTag(readHex(row) + "-" + Varint.readInt(row, Integer.MAX_VALUE));
            case TAG_TEXT -> {
                String value = Rows.readText(row);
                if (value.isEmpty() || value.indexOf('"') >= 0) {
                    throw new CorruptionException("An entity tag is damaged.");
                }
                yield new EntityTag(value);
            }
            default -> throw new CorruptionException("An entity tag of an unknown form.");
        };
    }

    private static String readHex(ByteBuffer row) throws CorruptionException {
        Rows.requireBytes(row, MD5_BYTES);
        byte[] bytes = new byte[MD5_BYTES];
        row.get(bytes);
        return HEX.formatHex(bytes);
    }

    private static boolean isLowerHex(String text, int length) {
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            if (!digit && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlainNumber(String text) {
        return text.length() <= 5
                && !text.isEmpty()
                && text.chars().allMatch(c -> c >= '0' && c <= '9')
                && (text.length() == 1 || text.charAt(0) != '0');
    }

    static long micros(Instant time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, time);
    }

    /** Micros of any time, those too far away as the first or last there is. */
    static long microsOf(Instant time) {
        if (time.isBefore(Instant.EPOCH)) {
            return 0;
        }
        return time.isAfter(instant(RetentionPolicy.NEVER)) ? RetentionPolicy.NEVER : micros(time);
    }

    static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
