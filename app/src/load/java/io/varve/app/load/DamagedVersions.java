package io.varve.app.load;

import io.varve.app.server.ServerAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Versions of files that a server holds while somebody damages what lies under it: read back one by one, each compared with what was stored, and
 * stored again where it does not come. One thread.
 */
final class DamagedVersions {
    private static final String BUCKET = "damaged";
    private static final int VERSIONS = 4;
    private static final int BYTES_MAX = 600_000;
    private static final int EDITS = 12;
    private static final int BUFFER_BYTES = 64 << 10;

    /** What a file is made of: text is stored as differences and in frames, the other as it is. */
    private static final int KINDS = 3;

    /** Far more than a version of this length has places to be hit in, at the usual rate. */
    private static final int HEALING_ROUNDS_MAX = 40;

    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmmss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final RunningServer server;
    private final Path data;
    private final int files;
    private final SplittableRandom random;
    private final Door bucket;
    private final List<Version> versions = new ArrayList<>();
    private long reads;
    private long bytesRead;
    private long refused;
    private long wrong;
    private long healed;

    /** A version, and the moment at which it was the newest of its file. */
    private static final class Version {
        final String name;
        final byte[] content;
        final Instant moment;

        Version(String name, byte[] content, Instant moment) {
            this.name = name;
            this.content = content;
            this.moment = moment;
        }
    }

    /** How a read ended. */
    private enum Outcome {
        RIGHT,
        REFUSED,
        WRONG
    }

    DamagedVersions(RunningServer server, Path data, int files, SplittableRandom random) {
        this.server = server;
        this.data = data;
        this.files = files;
        this.random = random;
        this.bucket = server.dav().folder(BUCKET);
    }

    /** Stores all of them and has the server encode what it can. */
    void store() throws IOException {
        request(bucket.head("MKCOL", ""), ByteBuffer.allocate(0));
        byte[][] contents = new byte[files][];
        for (int version = 0; version < VERSIONS; version++) {
            for (int file = 0; file < files; file++) {
                contents[file] = version == 0 ? first(file) : edited(contents[file]);
                put("file-" + file, contents[file]);
                versions.add(new Version("file-" + file, contents[file], Instant.now()));
            }
        }
        ServerAddress address = ServerAddress.read(data).orElseThrow(() -> new IOException("Varve does not answer."));
        String settle = "POST /api/v1/settle HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + address.token()
                + "\r\nContent-Length: 0\r\n\r\n";
        request(settle.getBytes(StandardCharsets.US_ASCII), ByteBuffer.allocate(0));
    }

    private byte[] first(int file) {
        byte[] content = new byte[random.nextInt(1, BYTES_MAX)];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte)
                    (file % KINDS == 0 ? random.nextInt() : ' ' + Math.min(random.nextInt(64), random.nextInt(64)));
        }
        return content;
    }

    private byte[] edited(byte[] before) {
        byte[] content = before.clone();
        for (int edit = 0; edit < EDITS; edit++) {
            content[random.nextInt(content.length)] = (byte) random.nextInt();
        }
        return content;
    }

    /** Reads any version; one that does not come is stored again and must come then. */
    void read() throws IOException {
        Version version = versions.get(random.nextInt(versions.size()));
        if (read(version) == Outcome.REFUSED) {
            heal(version);
        }
    }

    private void heal(Version version) throws IOException {
        put(version.name, version.content);
        healed++;
    }

    /**
     * Stores again what does not come, until all of it does. A read ends at the first damage it meets, so a version that was hit in several
     * places takes as many rounds.
     *
     * @return whether all versions came back in the end
     */
    boolean healAll() throws IOException {
        boolean whole = false;
        for (int round = 0; round < HEALING_ROUNDS_MAX && !whole; round++) {
            whole = true;
            for (Version version : versions) {
                if (read(version) != Outcome.RIGHT) {
                    whole = false;
                    heal(version);
                }
            }
        }
        return whole;
    }

    private Outcome read(Version version) {
        Door door =
                server.dav().folder(".at").folder(MOMENT.format(version.moment)).folder(BUCKET);
        ByteArrayOutputStream came = new ByteArrayOutputStream(version.content.length);
        Outcome outcome;
        try (HttpConnection connection = new HttpConnection(door.address(), BUFFER_BYTES)) {
            int status = connection
                    .exchange(door.get(version.name), ByteBuffer.allocate(0), part -> {
                        byte[] bytes = new byte[part.remaining()];
                        part.get(bytes);
                        came.writeBytes(bytes);
                    })
                    .status();
            outcome = status / 100 == 5
                    ? Outcome.REFUSED
                    : Arrays.equals(came.toByteArray(), version.content) ? Outcome.RIGHT : Outcome.WRONG;
        } catch (IOException e) {
            // Cut off in the middle: what came before that must be right all the same.
            byte[] part = came.toByteArray();
            outcome = part.length <= version.content.length
                            && Arrays.equals(part, 0, part.length, version.content, 0, part.length)
                    ? Outcome.REFUSED
                    : Outcome.WRONG;
        }
        reads++;
        bytesRead += came.size();
        refused += outcome == Outcome.REFUSED ? 1 : 0;
        if (outcome == Outcome.WRONG) {
            wrong++;
            System.err.println("WRONG: " + version.name + " of " + version.moment);
        }
        return outcome;
    }

    private void put(String name, byte[] content) throws IOException {
        request(bucket.put(name, content.length), ByteBuffer.wrap(content));
    }

    private void request(byte[] head, ByteBuffer body) throws IOException {
        try (HttpConnection connection = new HttpConnection(bucket.address(), BUFFER_BYTES)) {
            Expect.success(connection.exchange(head, body));
        }
    }

    long reads() {
        return reads;
    }

    long bytesRead() {
        return bytesRead;
    }

    long refused() {
        return refused;
    }

    long wrong() {
        return wrong;
    }

    long healed() {
        return healed;
    }
}
