package io.varve.app.load;

import io.varve.app.load.ManyConnectionsResult.Descriptors;
import io.varve.app.load.ManyConnectionsResult.Sample;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Looks at a Varve process from outside: its memory and descriptors in {@code /proc}, its heap at the metrics endpoint, for which it
 * holds one connection. One thread at a time.
 */
final class ServerSampler implements Closeable {
    private static final Pattern HEAP = Pattern.compile("(?m)^varve_process_heap_bytes (\\S+)$");
    private static final int BUFFER_BYTES = 64 << 10;

    private final Path proc;
    private final String store;
    private final HttpConnection metrics;
    private final byte[] scrape;

    /**
     * A sampler.
     *
     * @param directory where the server keeps its files
     */
    ServerSampler(RunningServer server, Path directory) throws IOException {
        proc = Path.of("/proc", Long.toString(server.pid()));
        store = directory.toString();
        Door root = new Door(server.dav().address(), "/", server.dav().authorization());
        scrape = root.get("metrics/storage-v2");
        metrics = new HttpConnection(root.address(), BUFFER_BYTES);
    }

    /**
     * Looks at everything.
     *
     * @param begin the moment of {@link System#nanoTime} that samples count from
     */
    Sample sample(long begin) throws IOException {
        String resident = Machine.field(proc.resolve("status"), "VmRSS").replace(" kB", "");
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        Expect.success(metrics.exchange(scrape, ByteBuffer.allocate(0), part -> {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            answer.writeBytes(bytes);
        }));
        Matcher heap = HEAP.matcher(answer.toString(StandardCharsets.UTF_8));
        if (!heap.find()) {
            throw new IOException("The metrics do not tell the heap.");
        }
        double second = Figures.rounded((System.nanoTime() - begin) / 1e9);
        long heapBytes = (long) Double.parseDouble(heap.group(1));
        return new Sample(second, Long.parseLong(resident) >> 10, heapBytes >> 20, descriptors());
    }

    Descriptors descriptors() throws IOException {
        int all = 0;
        int sockets = 0;
        int storeFiles = 0;
        try (Stream<Path> links = Files.list(proc.resolve("fd"))) {
            for (Path link : links.toList()) {
                String target;
                try {
                    target = Files.readSymbolicLink(link).toString();
                } catch (NoSuchFileException e) {
                    continue;
                }
                all++;
                sockets += target.startsWith("socket:") ? 1 : 0;
                storeFiles += target.startsWith(store) ? 1 : 0;
            }
        }
        return new Descriptors(all, sockets, storeFiles);
    }

    @Override
    public void close() throws IOException {
        metrics.close();
    }
}
