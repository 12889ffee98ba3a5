package io.varve.app.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where a running server is and how its operator gets in: a file in the data directory, readable by the server's user alone, that
 * the command line reads.
 *
 * @param url address of console, WebDAV, REST and metrics, without a slash at the end
 * @param s3Url address of the S3 door
 * @param token admits an administrator to the REST API for as long as the server runs
 * @param certificate the SHA-256 of the certificate it answers with, in hexadecimal digits; empty without TLS
 */
public record ServerAddress(String url, String s3Url, String token, String certificate) {
    private static final String FILE = "server.address";

    @Override
    public String toString() {
        return "ServerAddress[" + url + ", " + s3Url + "]";
    }

    /** Leaves the file in a data directory, in place of an old one. */
    void write(Path dataDirectory) throws IOException {
        Path temporary = dataDirectory.resolve(FILE + ".tmp");
        Files.deleteIfExists(temporary);
        Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        boolean posix =
                dataDirectory.getFileSystem().supportedFileAttributeViews().contains("posix");
        String text = "url=" + url + "\ns3=" + s3Url + "\ntoken=" + token + "\ncertificate=" + certificate + "\n";
        try (var channel = posix
                ? Files.newByteChannel(
                        temporary,
                        options,
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                : Files.newByteChannel(temporary, options)) {
            channel.write(StandardCharsets.UTF_8.encode(text));
        }
        Files.move(temporary, dataDirectory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Takes the file away. */
    static void remove(Path dataDirectory) throws IOException {
        Files.deleteIfExists(dataDirectory.resolve(FILE));
    }

    /** Reads the file; empty if there is none. */
    public static Optional<ServerAddress> read(Path dataDirectory) throws IOException {
        Map<String, String> fields = new HashMap<>();
        try {
            for (String line : Files.readAllLines(dataDirectory.resolve(FILE))) {
                int equals = line.indexOf('=');
                if (equals > 0) {
                    fields.put(line.substring(0, equals), line.substring(equals + 1));
                }
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        String url = fields.getOrDefault("url", "");
        String token = fields.getOrDefault("token", "");
        return url.isEmpty() || token.isEmpty()
                ? Optional.empty()
                : Optional.of(new ServerAddress(
                        url, fields.getOrDefault("s3", ""), token, fields.getOrDefault("certificate", "")));
    }
}
