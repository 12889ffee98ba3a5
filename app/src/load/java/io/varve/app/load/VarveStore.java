package io.varve.app.load;

import io.varve.app.server.ServerAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The packaged Varve at its WebDAV door, with its default settings. Every version overwrites the one before it under the same names, and
 * what a version no longer has is deleted: the history keeps it. Earlier versions are read in the share as it was at the moment after
 * each one. A server that does not show that gets every version under names of its own.
 */
final class VarveStore implements VersionStore, AutoCloseable {
    /** Clients at once where a version is many files. */
    private static final int TREE_CLIENTS = 4;

    private static final String BUCKET = "corpora";
    private static final int CREATED = 201;
    private static final int EXISTS = 405;
    private static final Duration REST_MAX = Duration.ofSeconds(20);

    /** In so many pauses a server that rests uses no more than this. */
    private static final Duration REST_CPU_MAX = Duration.ofMillis(30);

    private static final int REST_PAUSES = 10;
    private static final int FIRST_BUFFER_BYTES = 64 << 10;
    private static final int CHANNEL_FROM_BYTES = 1 << 20;
    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmmss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final TestBed bed;
    private final VarveLauncher launcher;
    private final List<Instant> moments = new ArrayList<>();
    private final Set<String> files = new TreeSet<>();
    private final Set<String> folders = new HashSet<>();
    private Path directory = Path.of("");
    private @Nullable RunningServer running;
    private boolean apart;
    private String flags = "";

    VarveStore(TestBed bed, VarveLauncher launcher) {
        this.bed = bed;
        this.launcher = launcher;
    }

    @Override
    public String name() {
        return "varve";
    }

    @Override
    public String release() throws IOException {
        return Checkout.commit();
    }

    /** The JVM flags it was started with; empty before. */
    String flags() {
        return flags;
    }

    /** Whether versions are stored under names of their own, since this server does not show the past. */
    boolean apart() {
        return apart;
    }

    @Override
    public Path open(Path own) throws IOException {
        directory = own;
        start();
        new WarmUp(server().dav()).writing();
        settle(true);
        makeBucket();
        rest();
        return data();
    }

    /** The same with a server that was started just now and has done nothing. */
    Path openCold(Path own) throws IOException {
        directory = own;
        start();
        makeBucket();
        return data();
    }

    private void makeBucket() throws IOException {
        expect("MKCOL", "", CREATED);
        folders.clear();
        files.clear();
        moments.clear();
        Door past = past(Instant.now());
        try (Clients clients = Clients.open(past, 1)) {
            byte[] head = past.head("PROPFIND", "", "Depth: 0", "Content-Length: 0");
            clients.run((connection, client) -> {
                apart = connection.exchange(head).status() / 100 != 2;
                return Amount.NONE;
            });
        }
    }

    @Override
    public Cost put(int number, Path version) throws IOException {
        Map<String, Path> sources = sources(number, version);
        Set<String> wanted = new TreeSet<>();
        sources.keySet().forEach(name -> addFolders(name, wanted));
        Set<String> gone = new TreeSet<>(files);
        gone.removeAll(sources.keySet());
        List<String> names = List.copyOf(sources.keySet());
        Door bucket = server().dav().folder(BUCKET);
        Cost cost = timed(() -> {
            if (!apart) {
                exchange(bucket, List.copyOf(gone), true, (connection, name) -> {
                    Expect.success(connection.exchange(bucket.head("DELETE", escaped(name))));
                });
            }
            for (String folder : wanted) {
                if (folders.add(folder)) {
                    expect("MKCOL", folder, CREATED, EXISTS);
                }
            }
            exchange(bucket, names, Files.isDirectory(version), (connection, name) -> {
                Path source = sources.getOrDefault(name, version);
                Expect.success(send(connection, bucket.put(escaped(name), Files.size(source)), source));
            });
        });
        files.clear();
        files.addAll(names);
        moments.add(Instant.now());
        return cost;
    }

    /** Has it do all background work that is due; what it took is the server's. */
    Cost settle() throws IOException {
        return timed(() -> settle(false));
    }

    /** Starts it anew, so that nothing it wrote is in its memory, and warms it up with reading other content. */
    void restart() throws IOException {
        server().close();
        start();
        WarmUp warmUp = new WarmUp(server().dav());
        warmUp.write();
        settle(false);
        warmUp.read();
        rest();
    }

    /** Waits until the server has nothing to do: after much work its compilers are busy for some seconds. */
    private void rest() throws IOException {
        long deadline = System.nanoTime() + REST_MAX.toNanos();
        Duration before = server().cpu();
        boolean busy = true;
        while (busy && System.nanoTime() < deadline) {
            for (int i = 0; i < REST_PAUSES; i++) {
                RunningServer.pause();
            }
            Duration now = server().cpu();
            busy = now.minus(before).compareTo(REST_CPU_MAX) > 0;
            before = now;
        }
    }

    /**
     * How long the first byte of a version takes that is one file.
     *
     * @param at where the answer is to begin
     * @return in nanoseconds, on a connection that is there already
     */
    long nanosToFirstByte(int number, Path version, long at) throws IOException {
        String name = escaped(sources(number, version).keySet().iterator().next());
        Door door = door(number);
        try (HttpConnection connection = new HttpConnection(door.address(), FIRST_BUFFER_BYTES)) {
            return connection.nanosToFirstByte(door.head("GET", name, "Range: bytes=" + at + "-"));
        }
    }

    /** Where a version is read. */
    private Door door(int number) throws IOException {
        return apart || number == moments.size() - 1 ? server().dav().folder(BUCKET) : past(moments.get(number));
    }

    @Override
    public Cost restore(int number, Path version, Path target) throws IOException {
        Map<String, Path> sources = sources(number, version);
        Door door = door(number);
        return timed(() ->
                exchange(door, List.copyOf(sources.keySet()), Files.isDirectory(version), (connection, name) -> {
                    Path source = sources.getOrDefault(name, version);
                    Path place = Files.isDirectory(version)
                            ? target.resolve(version.relativize(source).toString())
                            : target.resolve(String.valueOf(version.getFileName()));
                    Files.createDirectories(Corpus.folder(place));
                    try (FileChannel file =
                            FileChannel.open(place, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                        Expect.success(connection.exchange(door.get(escaped(name)), ByteBuffer.allocate(0), part -> {
                            try {
                                while (part.hasRemaining()) {
                                    file.write(part);
                                }
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        }));
                    }
                }));
    }

    @Override
    public void close() {
        if (running != null) {
            running.close();
        }
    }

    /** The last lines the server wrote. */
    String lastWords() throws IOException {
        return running == null ? "" : running.lastWords();
    }

    Path data() {
        return directory.resolve("data");
    }

    private void start() throws IOException {
        running = bed.start(ignored -> launcher.start(directory));
        flags = VarveLauncher.flags(server());
    }

    private RunningServer server() throws IOException {
        if (running == null) {
            throw new IOException("Varve is not running.");
        }
        return running;
    }

    /** The files of a version by their names in the bucket, in the order of the names: that is how they are sent. */
    private Map<String, Path> sources(int number, Path version) throws IOException {
        String prefix = apart ? String.format(Locale.ROOT, "v%05d/", number) : "";
        Map<String, Path> sources = new TreeMap<>();
        if (Files.isDirectory(version)) {
            for (Path file : Corpus.files(version)) {
                sources.put(prefix + "tree/" + version.relativize(file), file);
            }
        } else {
            // The ending may tell the kind of content; the rest of the name is the version's.
            String name = String.valueOf(version.getFileName());
            int dot = name.lastIndexOf('.');
            sources.put(prefix + "content" + (dot < 0 ? "" : name.substring(dot)), version);
        }
        return sources;
    }

    private static void addFolders(String name, Set<String> folders) {
        for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
            folders.add(name.substring(0, slash + 1));
        }
    }

    /** The bucket as it was at a moment. */
    private Door past(Instant moment) throws IOException {
        return server().dav().folder(".at").folder(MOMENT.format(moment)).folder(BUCKET);
    }

    private void settle(boolean expireNow) throws IOException {
        ServerAddress address = ServerAddress.read(data()).orElseThrow(() -> new IOException("Varve does not answer."));
        String head =
                "POST /api/v1/settle?expire-now=" + expireNow + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
                        + address.token() + "\r\nContent-Length: 0\r\n\r\n";
        try (Clients clients = Clients.open(server().dav(), 1)) {
            clients.run((connection, client) -> {
                Expect.success(connection.exchange(head.getBytes(StandardCharsets.US_ASCII)));
                return Amount.NONE;
            });
        }
    }

    /** Makes or removes what is in the bucket, or itself. */
    private void expect(String method, String name, int... statuses) throws IOException {
        Door bucket = server().dav().folder(BUCKET);
        try (Clients clients = Clients.open(bucket, 1)) {
            clients.run((connection, client) -> {
                int status =
                        connection.exchange(bucket.head(method, escaped(name))).status();
                if (Arrays.stream(statuses).noneMatch(expected -> expected == status)) {
                    throw new IOException(method + " " + name + " was answered with status " + status + ".");
                }
                return Amount.NONE;
            });
        }
    }

    private interface Exchange {
        void of(HttpConnection connection, String name) throws IOException;
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void exchange(Door door, List<String> names, boolean many, Exchange exchange) throws IOException {
        int count = many ? TREE_CLIENTS : 1;
        try (Clients clients = Clients.open(door, count)) {
            clients.run((connection, client) -> {
                for (int i = client; i < names.size(); i += count) {
                    exchange.of(connection, names.get(i));
                }
                return Amount.NONE;
            });
        }
    }

    private Cost timed(Work work) throws IOException {
        RunningServer server = server();
        ProcessorTimes before = ProcessorTimes.now(List.of(server));
        long begin = System.nanoTime();
        work.run();
        double seconds = (System.nanoTime() - begin) / 1e9;
        ProcessorTimes after = ProcessorTimes.now(List.of(server));
        double client = after.client().minus(before.client()).toNanos() / 1e9;
        return new Cost(seconds, after.serverSecondsSince(before, 0), client);
    }

    private static HttpConnection.Answer send(HttpConnection connection, byte[] head, Path file) throws IOException {
        if (Files.size(file) < CHANNEL_FROM_BYTES) {
            return connection.exchange(head, ByteBuffer.wrap(Files.readAllBytes(file)));
        }
        try (FileChannel channel = FileChannel.open(file)) {
            return connection.exchange(head, channel);
        }
    }

    /** A name as a URI holds it (RFC 3986). */
    private static String escaped(String name) {
        StringBuilder escaped = new StringBuilder(name.length());
        for (byte octet : name.getBytes(StandardCharsets.UTF_8)) {
            char letter = (char) (octet & 0xFF);
            if (letter < 128 && (Character.isLetterOrDigit(letter) || "._/-".indexOf(letter) >= 0)) {
                escaped.append(letter);
            } else {
                escaped.append(String.format(Locale.ROOT, "%%%02X", (int) letter));
            }
        }
        return escaped.toString();
    }
}
