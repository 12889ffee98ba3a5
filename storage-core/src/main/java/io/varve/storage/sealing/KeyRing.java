package io.varve.storage.sealing;

import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.PrivateFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;

/**
 * The master keys for encryption at rest, by generation: {@code at-rest-1.key}, {@code at-rest-2.key} … in the directory of keys, 32 random
 * bytes each. The newest wraps the data keys of new files; older ones are there for what they have wrapped. Thread-safe.
 *
 * <p>They are kept apart from the key of the accounts' secrets, from which keys of objects are derived for ever: these can be replaced whole.
 */
public final class KeyRing {
    /** No keys: nothing can be sealed, and nothing sealed be read. */
    public static final KeyRing EMPTY = new KeyRing(Path.of("."), new TreeMap<>());

    /** What {@link #wrap} makes has this length. */
    static final int WRAPPED_BYTES = 4 + 8 + Workspace.NONCE_BYTES + 32 + Workspace.TAG_BYTES;

    private static final Pattern NAME = Pattern.compile("at-rest-([1-9][0-9]{0,5})\\.key");
    private static final int KEY_BYTES = 32;
    private static final int ID_BYTES = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path directory;
    private volatile NavigableMap<Integer, Key> keys;

    /**
     * A master key without the key.
     *
     * @param number counts them from 1
     * @param id the first 8 bytes of the key's SHA-256, in hexadecimal digits: tells keys apart, and nothing about them
     */
    public record Generation(int number, String id) {
        /** The form in which FORMAT names it. */
        @Override
        public String toString() {
            return number + ":" + id;
        }

        /**
         * Reads that form.
         *
         * @throws IllegalArgumentException if it is none
         */
        public static Generation parse(String text) {
            int colon = text.indexOf(':');
            if (!text.matches("[1-9][0-9]{0,5}:[0-9a-f]{16}")) {
                throw new IllegalArgumentException("'" + text + "' names no master key");
            }
            return new Generation(Integer.parseInt(text.substring(0, colon)), text.substring(colon + 1));
        }

        /** The name of its file. */
        public String file() {
            return "at-rest-" + number + ".key";
        }
    }

    private record Key(Generation generation, SecretKeySpec secret) {}

    private KeyRing(Path directory, NavigableMap<Integer, Key> keys) {
        this.directory = directory;
        this.keys = keys;
    }

    /**
     * Reads all keys of a directory.
     *
     * @param directory the directory of keys; one that is not there has none
     * @throws CorruptionException if a file is not a key
     */
    public static KeyRing open(Path directory) throws IOException {
        NavigableMap<Integer, Key> keys = new TreeMap<>();
        if (Files.isDirectory(directory)) {
            List<Path> files;
            try (Stream<Path> entries = Files.list(directory)) {
                files = entries.toList();
            }
            for (Path file : files) {
                Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
                if (name.matches()) {
                    int number = Integer.parseInt(name.group(1));
                    keys.put(number, key(number, Files.readAllBytes(file), file));
                }
            }
        }
        return new KeyRing(directory, keys);
    }

    /**
     * Makes a new key, one generation higher than the newest, durable when this returns.
     *
     * @return the keys with it
     */
    public KeyRing withNewGeneration() throws IOException {
        int number = keys.isEmpty() ? 1 : keys.lastKey() + 1;
        byte[] bytes = new byte[KEY_BYTES];
        RANDOM.nextBytes(bytes);
        Path file = directory.resolve("at-rest-" + number + ".key");
        PrivateFile.create(file, bytes);
        NavigableMap<Integer, Key> more = new TreeMap<>(keys);
        more.put(number, key(number, bytes, file));
        return new KeyRing(directory, more);
    }

    /**
     * Takes over the keys of another ring: what is wrapped from now on is wrapped by its newest.
     *
     * @param more with all keys of this one, and newer ones of the same directory
     */
    public void adopt(KeyRing more) {
        keys = more.keys;
    }

    /** Which keys there are, the oldest first. */
    public List<Generation> generations() {
        return keys.values().stream().map(Key::generation).toList();
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /** Where they lie. */
    public Path directory() {
        return directory;
    }

    /**
     * Checks that keys are there.
     *
     * @throws KeyMissingException if one is not, or another stands in its place; says where it is looked for, and what to do
     */
    public void require(Collection<Generation> needed) throws KeyMissingException {
        for (Generation generation : needed) {
            Key key = keys.get(generation.number());
            if (key == null || !key.generation().equals(generation)) {
                throw missing(generation, key != null);
            }
        }
    }

    /** The generation that wraps new keys. */
    public Generation newest() {
        return newestKey().generation();
    }

    private Key newestKey() {
        return Objects.requireNonNull(keys.lastEntry(), "There is no master key.")
                .getValue();
    }

    /** Wraps a data key with the newest master key, bound to what it belongs to. */
    byte[] wrap(FileKey data, byte[] context) {
        Key newest = newestKey();
        byte[] nonce = new byte[Workspace.NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        Workspace workspace = Workspace.lend();
        try {
            int length = workspace.seal(newest.secret(), nonce, context, ByteBuffer.wrap(data.bytes()));
            return ByteBuffer.allocate(WRAPPED_BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(newest.generation().number())
                    .put(HexFormat.of().parseHex(newest.generation().id()))
                    .put(nonce)
                    .put(workspace.output(), 0, length)
                    .array();
        } finally {
            workspace.giveBack();
        }
    }

    /**
     * Takes a data key out again.
     *
     * @throws KeyMissingException if the master key is not there
     * @throws CorruptionException if the wrapped key was changed, or belongs to something else
     */
    FileKey unwrap(byte[] wrapped, byte[] context) throws IOException {
        Generation generation = generationOf(wrapped);
        require(List.of(generation));
        Key key = keys.get(generation.number());
        if (key == null) {
            throw missing(generation, false);
        }
        ByteBuffer fields = ByteBuffer.wrap(wrapped).position(Integer.BYTES + ID_BYTES);
        byte[] nonce = new byte[Workspace.NONCE_BYTES];
        fields.get(nonce);
        Workspace workspace = Workspace.lend();
        try {
            int length = workspace.open(key.secret(), nonce, context, fields);
            return new FileKey(Arrays.copyOf(workspace.output(), length));
        } finally {
            workspace.giveBack();
        }
    }

    /** Under which master key a data key is wrapped. */
    static Generation generationOf(byte[] wrapped) throws CorruptionException {
        if (wrapped.length != WRAPPED_BYTES) {
            throw new CorruptionException("A wrapped key has " + WRAPPED_BYTES + " bytes, not " + wrapped.length + ".");
        }
        ByteBuffer fields = ByteBuffer.wrap(wrapped).order(ByteOrder.LITTLE_ENDIAN);
        int number = fields.getInt();
        byte[] id = new byte[ID_BYTES];
        fields.get(id);
        return new Generation(number, HexFormat.of().formatHex(id));
    }

    private KeyMissingException missing(Generation generation, boolean another) {
        return new KeyMissingException("The store is encrypted with the master key " + generation.file() + " (id "
                + generation.id() + "), but "
                + (another
                        ? "the file of that name in " + directory + " is another key"
                        : directory + " has no such file")
                + ". Put that key back there from where you keep its copy, or say with varve.keys.dir where it lies."
                + " Nothing was changed; without the key nobody can read what is encrypted.");
    }

    private static Key key(int number, byte[] bytes, Path file) throws CorruptionException {
        if (bytes.length != KEY_BYTES) {
            throw new CorruptionException("The master key " + file + " has " + bytes.length + " bytes instead of "
                    + KEY_BYTES + ". Put its copy there.");
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            String id = HexFormat.of().formatHex(digest, 0, ID_BYTES);
            return new Key(new Generation(number, id), new SecretKeySpec(bytes, "AES"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
