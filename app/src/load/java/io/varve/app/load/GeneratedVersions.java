package io.varve.app.load;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Versions made of nothing, the same in every run.
 *
 * @param versions gets them
 */
record GeneratedVersions(Path versions) {
    private static final String[] VERBS = {"GET", "GET", "GET", "GET", "HEAD", "PUT", "POST", "DELETE"};
    private static final String[] WORDS = {
        "api", "orders", "users", "static", "images", "search", "cart", "health", "v1", "v2", "report", "login",
        "export"
    };
    private static final int TAG_BYTES_MAX = 8 << 10;

    /** A server's log that grows: each version begins with the one before it. */
    void log(int count, int stepBytes) throws IOException {
        SplittableRandom random = new SplittableRandom(11);
        Instant time = Instant.parse("2026-01-01T00:00:00Z");
        StringBuilder text = new StringBuilder(stepBytes);
        byte[] before = {};
        for (int i = 0; i < count; i++) {
            text.setLength(0);
            while (text.length() < stepBytes) {
                time = time.plus(Duration.ofMillis(random.nextInt(900)));
                text.append(line(random, time));
            }
            Path version = versions.resolve(FetchedVersions.ordered(i, "access.log"));
            byte[] added = text.toString().getBytes(StandardCharsets.US_ASCII);
            byte[] whole = new byte[before.length + added.length];
            System.arraycopy(before, 0, whole, 0, before.length);
            System.arraycopy(added, 0, whole, before.length, added.length);
            Files.write(version, whole);
            before = whole;
        }
    }

    private static String line(SplittableRandom random, Instant time) {
        return String.format(
                Locale.ROOT,
                "10.%d.%d.%d - - [%s] \"%s /%s/%s/%d HTTP/1.1\" %d %d \"-\" %d%n",
                random.nextInt(4),
                random.nextInt(32),
                random.nextInt(256),
                time,
                VERBS[random.nextInt(VERBS.length)],
                WORDS[random.nextInt(WORDS.length)],
                WORDS[random.nextInt(WORDS.length)],
                random.nextInt(100_000),
                random.nextInt(20) == 0 ? 404 : 200,
                random.nextInt(50_000),
                random.nextInt(1000));
    }

    /** Media: tags of another length in each version, then the same bytes that nothing compresses; the last tenth is new. */
    void media(int count, int bytes) throws IOException {
        byte[] body = new byte[bytes];
        new SplittableRandom(12).nextBytes(body);
        SplittableRandom random = new SplittableRandom(13);
        for (int i = 0; i < count; i++) {
            byte[] tags = new byte[random.nextInt(1, TAG_BYTES_MAX)];
            random.nextBytes(tags);
            byte[] end = new byte[bytes / 10];
            random.nextBytes(end);
            Path version = versions.resolve(FetchedVersions.ordered(i, "film.bin"));
            try (OutputStream out = Files.newOutputStream(version)) {
                out.write(tags);
                out.write(body, 0, bytes - end.length);
                out.write(end);
            }
        }
    }
}
