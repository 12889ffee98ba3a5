package io.varve.app.load;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.varve.storage.EngineSettings;
import io.varve.storage.StorageEngine;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.WriteOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What it takes to list a bucket of very many keys over S3: single pages from anywhere in it, and all of it page by page, each request
 * signed. The bucket is filled beforehand through the engine, in the same process, and then served by the packaged program. Runs in the
 * repository's root once {@code mvn package} has made the jar.
 */
@Command(
        name = "many-keys",
        description = "Measure listings of a bucket of very many keys; see docs/benchmarks.md.",
        mixinStandardHelpOptions = true)
public final class ManyKeys implements Callable<Integer> {
    private static final String BUCKET = "many";
    private static final String USER = "load";
    private static final int PAGE_KEYS = 1000;
    private static final int WRITERS = 64;
    private static final int BUFFER_BYTES = 64 << 10;

    /** Pages that let the server compile what it runs. */
    private static final int WARM_UP_PAGES = 300;

    private static final int SINGLE_PAGES = 500;
    private static final Pattern TOKEN = Pattern.compile("<NextContinuationToken>([^<]*)</NextContinuationToken>");
    private static final Pattern KEY = Pattern.compile("<Contents>");

    private final PrintStream out = System.out;

    @Option(names = "--keys", description = "How many keys the bucket has. Default: ${DEFAULT-VALUE}.")
    private int keys = 1_000_000;

    @Option(names = "--dir", description = "Where the store is kept for the run. Default: ${DEFAULT-VALUE}.")
    private Path parent = Path.of(System.getProperty("java.io.tmpdir"));

    private ManyKeys() {}

    /** Runs the program. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new ManyKeys()).execute(args));
    }

    @Override
    public Integer call() throws IOException {
        if (keys < PAGE_KEYS) {
            throw new IOException("At least " + PAGE_KEYS + " keys.");
        }
        out.println(Machine.here(parent));
        VarveLauncher varve = new VarveLauncher(Path.of("").toAbsolutePath(), List.of());
        try (TestBed bed = new TestBed(parent)) {
            RunningServer server = bed.start(directory -> {
                fill(directory.resolve("data"));
                return varve.start(directory);
            });
            measure(server.s3());
        }
        return 0;
    }

    // ---- filling

    private void fill(Path data) throws IOException {
        long begin = System.nanoTime();
        EngineSettings settings =
                EngineSettings.of(data).withRoot(new EngineSettings.RootUser(USER, "load-and-measure"));
        try (StorageEngine engine = StorageEngine.open(settings, InstantSource.system(), new SimpleMeterRegistry());
                ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            engine.namespace().createBucket(BUCKET, USER);
            AtomicInteger next = new AtomicInteger();
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                running.add(writers.submit(() -> {
                    for (int key = next.getAndIncrement(); key < keys; key = next.getAndIncrement()) {
                        put(engine, name(key));
                    }
                    return next;
                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while the bucket was filled.", e);
        } catch (ExecutionException e) {
            throw new IOException("The bucket could not be filled.", e);
        }
        out.printf("Filled with %,d keys in %.0f s.%n", keys, (System.nanoTime() - begin) / 1e9);
    }

    private static void put(StorageEngine engine, String key) throws IOException {
        byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        try (ContentWriter writer = engine.namespace().write(new ContentHints(key, "text/plain", bytes.length))) {
            writer.write(bytes);
            try (StagedContent content = writer.finish()) {
                engine.namespace()
                        .put(
                                new EntryPath(BUCKET, key),
                                content,
                                PutRequest.ofType("text/plain"),
                                WriteOptions.keys(USER));
            }
        }
    }

    /** Names in their order, as a camera or a log shipper gives them. */
    private static String name(int key) {
        return "data/%08d.txt".formatted(key);
    }

    // ---- measuring

    private void measure(Door s3) throws IOException {
        try (HttpConnection connection = new HttpConnection(s3.address(), BUFFER_BYTES)) {
            for (int i = 0; i < WARM_UP_PAGES; i++) {
                page(connection, s3, startingAt(i));
            }
            long[] single = new long[SINGLE_PAGES];
            for (int i = 0; i < single.length; i++) {
                long begin = System.nanoTime();
                page(connection, s3, startingAt(i));
                single[i] = System.nanoTime() - begin;
            }
            out.println("Pages of 1,000 keys from anywhere: " + spread(single));
            walk(connection, s3);
        }
    }

    private String startingAt(int page) {
        int key = (int) ((long) page * 7919 * PAGE_KEYS % (keys - PAGE_KEYS));
        return "list-type=2&max-keys=" + PAGE_KEYS + "&start-after=" + coded(name(key));
    }

    private void walk(HttpConnection connection, Door s3) throws IOException {
        List<Long> nanos = new ArrayList<>();
        long listed = 0;
        String query = "list-type=2&max-keys=" + PAGE_KEYS;
        long begun = System.nanoTime();
        while (!query.isEmpty()) {
            long begin = System.nanoTime();
            String text = page(connection, s3, query);
            nanos.add(System.nanoTime() - begin);
            listed += KEY.matcher(text).results().count();
            var token = TOKEN.matcher(text);
            query = token.find()
                    ? "continuation-token=" + coded(token.group(1)) + "&list-type=2&max-keys=" + PAGE_KEYS
                    : "";
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        if (listed != keys) {
            throw new IOException("Listed " + listed + " of " + keys + " keys.");
        }
        long[] all = nanos.stream().mapToLong(Long::longValue).toArray();
        int tenth = Math.max(1, all.length / 10);
        out.printf("All %,d pages in %.1f s: %s%n", all.length, seconds, spread(all));
        out.printf(
                "Median of the first tenth %.2f ms, of the last %.2f ms.%n",
                median(Arrays.copyOf(all, tenth)), median(Arrays.copyOfRange(all, all.length - tenth, all.length)));
    }

    private static String page(HttpConnection connection, Door s3, String query) throws IOException {
        String host = s3.address().getHostString() + ":" + s3.address().getPort();
        String target = s3.root() + BUCKET + "?" + query;
        String head = "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n"
                + s3.authorization().headers("GET", host, target) + "\r\n";
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        Expect.success(connection.exchange(head.getBytes(StandardCharsets.US_ASCII), ByteBuffer.allocate(0), part -> {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            answer.writeBytes(bytes);
        }));
        return answer.toString(StandardCharsets.UTF_8);
    }

    private static String coded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static String spread(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return "median %.2f ms, 99 of 100 within %.2f ms, at most %.2f ms"
                .formatted(median(sorted), sorted[sorted.length * 99 / 100] / 1e6, sorted[sorted.length - 1] / 1e6);
    }

    private static double median(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2] / 1e6;
    }
}
