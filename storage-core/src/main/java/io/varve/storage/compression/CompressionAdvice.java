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
            "application/json",
            "application/xml",
            "application/javascript",
            "application/x-ndjson",
            "application/sql",
            "image/svg+xml");

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
    };

    /** "ftyp" at byte 4: MP4, MOV, HEIC. */
    private static final int FTYP = 0x66747970;

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
        String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
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
        if (type.startsWith("text/") || TEXT_TYPES.contains(type)) {
            return TEXT;
        }
        boolean packedMedia = type.startsWith("video/")
                || type.startsWith("audio/")
                || (type.startsWith("image/") && !type.equals("image/bmp") && !type.equals("image/tiff"));
        return packedMedia || PACKED_TYPES.contains(type) ? INCOMPRESSIBLE : UNKNOWN;
    }

    private static boolean hasPackedMagic(byte[] head, int offset, int length) {
        for (String magic : PACKED_MAGIC) {
            if (startsWith(head, offset, length, magic)) {
                return true;
            }
        }
        return length >= 8
                && (((head[offset + 4] & 0xFF) << 24)
                                | ((head[offset + 5] & 0xFF) << 16)
                                | ((head[offset + 6] & 0xFF) << 8)
                                | (head[offset + 7] & 0xFF))
                        == FTYP;
    }

    private static boolean startsWith(byte[] head, int offset, int length, String magic) {
        if (length < magic.length() / 2) {
            return false;
        }
        for (int i = 0; i < magic.length() / 2; i++) {
            int expected = Integer.parseInt(magic, 2 * i, 2 * i + 2, 16);
            if ((head[offset + i] & 0xFF) != expected) {
                return false;
            }
        }
        return true;
    }
}
