package io.varve.app.console;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * The console's files as they lie in the jar, compressed once. Thread-safe.
 *
 * <p>Preact comes from its own jar. Its hooks import it by a bare name, which browsers resolve by an inline import map alone, and that the
 * console's content security policy forbids: the name is replaced by the file's.
 */
public final class ConsoleAssets {
    private static final String OWN = "/console/";
    private static final String PREACT = "/META-INF/resources/webjars/preact/";
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]+(/[a-z0-9-]+)?\\.[a-z]+");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "svg", "image/svg+xml",
            "json", "application/json");

    private final ConcurrentHashMap<String, Optional<Asset>> assets = new ConcurrentHashMap<>();

    /** A file as it is sent. */
    public static final class Asset {
        private final String type;
        private final byte[] plain;
        private final byte[] compressed;
        private final String etag;

        Asset(String type, byte[] plain) {
            this.type = type;
            this.plain = plain;
            this.compressed = compress(plain);
            this.etag = "\"" + digest(plain) + "\"";
        }

        /** The MIME type. */
        public String type() {
            return type;
        }

        /** The bytes; not to be changed. */
        public byte[] plain() {
            return plain;
        }

        /** The bytes in gzip's format; not to be changed. */
        public byte[] compressed() {
            return compressed;
        }

        /** The entity tag, with quotes. */
        public String etag() {
            return etag;
        }
    }

    /** A file by its name, such as {@code app.js} or {@code lang/en.js}. */
    public Optional<Asset> find(String name) {
        return NAME.matcher(name).matches() ? assets.computeIfAbsent(name, this::load) : Optional.empty();
    }

    private Optional<Asset> load(String name) {
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (type == null) {
            return Optional.empty();
        }
        return switch (name) {
            case "lib/preact.js" ->
                read(PREACT + preactVersion() + "/dist/preact.module.js").map(bytes -> new Asset(type, bytes));
            case "lib/hooks.js" ->
                read(PREACT + preactVersion() + "/hooks/dist/hooks.module.js")
                        .map(bytes -> new String(bytes, StandardCharsets.UTF_8)
                                .replace("from\"preact\"", "from\"./preact.js\""))
                        .map(text -> new Asset(type, text.getBytes(StandardCharsets.UTF_8)));
            default -> read(OWN + name).map(bytes -> new Asset(type, bytes));
        };
    }

    /** The version is part of the paths in Preact's jar, which tells it. */
    private static String preactVersion() {
        Properties properties = new Properties();
        read("/META-INF/maven/org.webjars.npm/preact/pom.properties").ifPresent(bytes -> {
            try {
                properties.load(new ByteArrayInputStream(bytes));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return properties.getProperty("version", "");
    }

    private static Optional<byte[]> read(String resource) {
        try (InputStream in = ConsoleAssets.class.getResourceAsStream(resource)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] compress(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
