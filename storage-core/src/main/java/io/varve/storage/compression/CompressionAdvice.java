package io.varve.storage.compression;

import java.util.Locale;
import java.util.Set;

/** What kind of data content is likely to be, judged by its type, its name and its first bytes. */
public enum CompressionAdvice {
    /** Compressed or encrypted already: trying would only cost time. */
    INCOMPRESSIBLE,
    /** Text and the like: worth a stronger codec. */
    TEXT,
    /** Nobody knows: samples of each chunk decide. */
    UNKNOWN;

    private static final Set<String> PACKED_TYPES = Set.of(
            "application/zip",
            "application/gzip",
            "application/x-gzip",
            "application/zstd",
            "application/x-xz",
            "application/x-bzip2",
            "application/x-7z-compressed",
            "application/vnd.rar",
            "application/java-archive",
            "application/epub+zip");

    private static final Set<String> PACKED_EXTENSIONS = Set.of(
            "zip", "gz", "tgz", "zst", "xz", "txz", "bz2", "lz4", "7z", "rar", "jar", "apk", "docx", "xlsx", "pptx",
            "odt", "ods", "epub", "jpg", "jpeg", "png", "gif", "webp", "heic", "avif", "mp3", "m4a", "aac", "ogg",
            "opus", "flac", "mp4", "m4v", "mkv", "webm", "mov", "avi", "gpg");

    private static final Set<String> TEXT_EXTENSIONS = Set.of(
            "txt", "md", "csv", "tsv", "json", "xml", "html", "htm", "css", "js", "ts", "java", "c", "h", "cc", "cpp",
            "hpp", "rs", "go", "py", "rb", "sh", "pl", "sql", "log", "yml", "yaml", "toml", "ini", "conf", "svg", "tex",
            "patch", "diff");

    private static final Set<String> TEXT_TYPES = Set.of(
            "application/json", "application/xml", "application/javascript", "application/x-ndjson", "application/sql");

    /** Magic numbers of packed formats: their first bytes in hexadecimal. */
    private static final String[] PACKED_MAGIC = {
        "504b0304", // zip, jar, office documents
        "1f8b", // gzip
        "28b52ffd", // zstd
        "fd377a585a00", // xz
        "425a68", // bzip2
        "04224d18", // lz4 frame
        "377abcaf271c", // 7z
        "526172211a07", // rar
        "ffd8ff", // jpeg
        "89504e470d0a1a0a", // png
        "47494638", // gif
        "1a45dfa3", // matroska, webm
        "4f676753", // ogg
        "664c6143", // flac
        "494433", // mp3 with ID3
        "fffb", // mp3 without
    };

    /** "ftyp" at byte 4: MP4, MOV, HEIC. */
    private static final String FTYP = "66747970";

    /** "RIFF", a length, and "WEBP": other RIFF files, such as WAV, do compress. */
    private static final String RIFF = "52494646";

    private static final String WEBP = "57454250";

    /**
     * Judges content. What its bytes say wins over its name, and that over its type, because clients guess types from names.
     *
     * @param contentType the MIME type; may be empty
     * @param name the file's name; may be empty
     * @param head holds the first bytes, from {@code offset} on
     */
    public static CompressionAdvice of(String contentType, String name, byte[] head, int offset, int length) {
        if (hasPackedMagic(head, offset, length)) {
            return INCOMPRESSIBLE;
        }
        String extension = extension(name);
        if (PACKED_EXTENSIONS.contains(extension)) {
            return INCOMPRESSIBLE;
        }
        if (TEXT_EXTENSIONS.contains(extension)) {
            return TEXT;
        }
        int semicolon = contentType.indexOf(';');
        String type = (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
                .trim()
                .toLowerCase(Locale.ROOT);
        if (type.startsWith("text/") || type.endsWith("+json") || type.endsWith("+xml") || TEXT_TYPES.contains(type)) {
            return TEXT;
        }
        boolean packedMedia = type.startsWith("video/")
                || type.startsWith("audio/")
                || (type.startsWith("image/") && !type.equals("image/bmp") && !type.equals("image/tiff"));
        return packedMedia || PACKED_TYPES.contains(type) ? INCOMPRESSIBLE : UNKNOWN;
    }

    /** What follows the last dot, in lower case; empty without one. */
    private static String extension(String name) {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    private static boolean hasPackedMagic(byte[] head, int offset, int length) {
        for (String magic : PACKED_MAGIC) {
            if (contains(head, offset, length, 0, magic)) {
                return true;
            }
        }
        return contains(head, offset, length, 4, FTYP)
                || (contains(head, offset, length, 0, RIFF) && contains(head, offset, length, 8, WEBP));
    }

    /** Whether the bytes from {@code at} on are those of the hexadecimal text. */
    private static boolean contains(byte[] head, int offset, int length, int at, String hex) {
        int bytes = hex.length() / 2;
        if (length < at + bytes) {
            return false;
        }
        for (int i = 0; i < bytes; i++) {
            if ((head[offset + at + i] & 0xFF) != Integer.parseInt(hex, 2 * i, 2 * i + 2, 16)) {
                return false;
            }
        }
        return true;
    }
}
