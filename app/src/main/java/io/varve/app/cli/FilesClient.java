package io.varve.app.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Files of the running server by its REST API, for import and export. Thread-safe. */
final class FilesClient {
    private static final int BUFFER_BYTES = 128 * 1024;

    private final ServerClient server;
    private final String moment;

    /** @param at the moment to read from; empty: the present */
    FilesClient(ServerClient server, Optional<String> at) {
        this.server = server;
        this.moment = at.map(time -> "&at=" + encoded(time)).orElse("");
    }

    /**
     * Something in a folder of the server.
     *
     * @param name a folder's ends with a slash
     * @param etag which content a file has
     * @param legal whether a file system can hold something of that name
     * @param twin whether it is both a file and a folder
     * @param importId the import that left it as it is
     */
    record Listed(
            String name,
            boolean folder,
            long size,
            Instant modified,
            String etag,
            boolean legal,
            boolean twin,
            @Nullable String importId) {
        static Listed of(JsonNode entry) {
            return new Listed(
                    entry.path("name").asString(),
                    entry.path("folder").asBoolean(),
                    entry.path("size").asLong(),
                    Instant.parse(entry.path("modified").asString()),
                    entry.path("etag").asString(),
                    entry.path("legal").asBoolean(),
                    entry.path("twin").asBoolean(),
                    entry.path("importId").isNull()
                            ? null
                            : entry.path("importId").asString());
        }
    }

    /** A part of what a folder holds; {@code next} is empty in the last one. */
    record Page(List<Listed> entries, String next) {}

    /** Some of what a folder holds, behind a name; empty for the first. */
    Page list(String folder, String after) throws IOException {
        JsonNode page =
                server.send("GET", "/files/list?path=" + encoded(folder) + "&after=" + encoded(after) + moment, "");
        List<Listed> entries = new ArrayList<>();
        page.path("entries").forEach(entry -> entries.add(Listed.of(entry)));
        return new Page(
                entries, page.path("next").isNull() ? "" : page.path("next").asString());
    }

    /** Those of some names in a folder that are there. */
    Map<String, Listed> stat(String folder, List<String> names) throws IOException {
        Map<String, Listed> found = new HashMap<>();
        String asked = ServerClient.json(Map.of("folder", folder, "names", names));
        for (JsonNode entry : server.send("POST", "/files/stat", asked)) {
            Listed remote = Listed.of(entry);
            found.put(remote.name(), remote);
        }
        return found;
    }

    /** How many files a folder holds, and their bytes. */
    JsonNode amount(String folder) throws IOException {
        return server.send("GET", "/files/amount?path=" + encoded(folder) + moment, "");
    }

    void makeFolder(String importId, String path, Instant modified) throws IOException {
        server.send("PUT", address(importId, path, modified, false), "");
    }

    private static String address(String importId, String path, Instant modified, boolean overwrite) {
        return "/imports/" + encoded(importId) + "/files?overwrite=" + overwrite + "&modified="
                + encoded(modified.toString()) + "&path=" + encoded(path);
    }

    /**
     * Sends a file.
     *
     * @param progress told bytes as they are read
     * @return the SHA-256 of what was sent, which is that of what the server received
     * @throws IOException also if they are not the same
     */
    String store(
            String importId,
            String path,
            Path file,
            long size,
            Instant modified,
            boolean overwrite,
            LongConsumer progress)
            throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = Files.newInputStream(file)) {
            InputStream counted = new CountedInputStream(new DigestInputStream(in, digest), progress);
            BodyPublisher body = size == 0
                    ? BodyPublishers.noBody()
                    : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> counted), size);
            JsonNode stored = server.send("PUT", address(importId, path, modified, overwrite), body);
            String sent = HexFormat.of().formatHex(digest.digest());
            if (!stored.path("sha256").asString().equals(sent)) {
                throw new IOException("the server received OTHER BYTES than were sent: import again");
            }
            return sent;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** The SHA-256 of a file as the server reads it from its disk. */
    String digest(String path, String etag) throws IOException {
        return server.get("/files/digest?path=" + encoded(path) + moment, etag)
                .path("sha256")
                .asString();
    }

    /**
     * Writes a file of the server into a new file here, down to the disk.
     *
     * @param etag what it must be
     * @return how many bytes came, and their SHA-256
     */
    Fetched fetch(String path, String etag, Path target, LongConsumer progress) throws IOException {
        MessageDigest digest = sha256();
        long bytes = 0;
        try (InputStream in = server.open("/files?path=" + encoded(path) + moment, etag);
                FileChannel channel =
                        FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
                ByteBuffer piece = ByteBuffer.wrap(buffer, 0, count);
                while (piece.hasRemaining()) {
                    channel.write(piece);
                }
                bytes += count;
                progress.accept(count);
            }
            channel.force(true);
        }
        return new Fetched(bytes, HexFormat.of().formatHex(digest.digest()));
    }

    /** What was fetched. */
    record Fetched(long bytes, String sha256) {}

    /** The SHA-256 of a file here. */
    static String digest(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static String encoded(String text) {
        return HistoryCommand.encoded(text);
    }

    /** Tells how many bytes went through. */
    private static final class CountedInputStream extends FilterInputStream {
        private final LongConsumer progress;

        CountedInputStream(InputStream in, LongConsumer progress) {
            super(in);
            this.progress = progress;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            int count = read(one, 0, 1);
            return count < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            if (count > 0) {
                progress.accept(count);
            }
            return count;
        }
    }
}
