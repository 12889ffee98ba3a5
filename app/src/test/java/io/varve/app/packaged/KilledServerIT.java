package io.varve.app.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.packaged.Installation.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Kill -9 while many clients upload at both doors, again and again on the same data: what was answered is there byte for byte, and
 * what was not answered is there whole or not at all.
 */
class KilledServerIT {

    private static final long SEED = Long.getLong("varve.test.seed", 20_261_121);
    private static final int ROUNDS = 3;
    private static final int WRITERS_PER_DOOR = 3;
    private static final int NAMES_PER_WRITER = 6;
    private static final int ANSWERS_MIN = 15;
    private static final int ANSWERS_MAX = 60;
    private static final int SHARED_BYTES = 512 << 10;
    private static final String BUCKET = "uploads";

    @TempDir
    Path home;

    /** Content that can be made again from two numbers; a long one begins as others do, so that chunks are shared. */
    private record Content(long seed, int length) {

        static Content random(Random random) {
            int length = switch (random.nextInt(8)) {
                case 0 -> random.nextInt(3);
                case 1, 2 -> random.nextInt(4 << 10);
                case 3, 4, 5 -> random.nextInt(400 << 10);
                case 6 -> random.nextInt(4 << 20);
                default -> (5 << 20) + random.nextInt(2 << 20);
            };
            return new Content(random.nextLong(), length);
        }

        byte[] bytes() {
            byte[] bytes = new byte[length];
            new Random(seed).nextBytes(bytes);
            if (length > 2 * SHARED_BYTES) {
                byte[] shared = new byte[SHARED_BYTES];
                new Random(seed & 3).nextBytes(shared);
                System.arraycopy(shared, 0, bytes, 0, SHARED_BYTES);
            }
            return bytes;
        }
    }

    /** A name, and what it may hold: the last answered content, nothing if it was deleted, or that of the request under way. */
    private static final class Name {
        private final String key;
        private List<Optional<Content>> candidates = List.of(Optional.empty());

        Name(String key) {
            this.key = key;
        }

        void begin(Optional<Content> next) {
            candidates = List.of(candidates.getFirst(), next);
        }

        void settle(Optional<Content> found) {
            candidates = List.of(found);
        }
    }

    /** One client: changes its own names, one after the other, until the server is gone. */
    private static final class Writer {
        private final List<Name> names = new ArrayList<>();
        private final Random random;

        Writer(int id, long seed) {
            this.random = new Random(seed);
            for (int i = 0; i < NAMES_PER_WRITER; i++) {
                names.add(new Name("writer-" + id + "-" + i));
            }
        }

        void run(Door door, CountDownLatch answers) throws InterruptedException {
            while (true) {
                Name name = names.get(random.nextInt(names.size()));
                Optional<Content> next =
                        random.nextInt(8) == 0 ? Optional.empty() : Optional.of(Content.random(random));
                name.begin(next);
                try {
                    if (next.isPresent()) {
                        door.put(BUCKET, name.key, next.get().bytes());
                    } else {
                        door.delete(BUCKET, name.key);
                    }
                } catch (IOException e) {
                    return;
                }
                name.settle(next);
                answers.countDown();
            }
        }
    }

    @Test
    void answeredUploadsSurviveKillsAndUnansweredOnesAreWholeOrAbsent() throws Exception {
        System.out.println("KilledServerIT: seed " + SEED);
        Random random = new Random(SEED);
        Installation installation = Installation.in(home);
        List<Writer> writers = new ArrayList<>();
        for (int id = 0; id < 2 * WRITERS_PER_DOOR; id++) {
            writers.add(new Writer(id, random.nextLong()));
        }
        for (int round = 0; round < ROUNDS; round++) {
            try (ServerProcess server = installation.serve()) {
                if (round == 0) {
                    try (DavClient dav = DavClient.of(server)) {
                        assertThat(dav.makeFolder(BUCKET)).isEqualTo(201);
                    }
                }
                verify(server, writers, round);
                writeUntilKilled(server, writers, ANSWERS_MIN + random.nextInt(ANSWERS_MAX - ANSWERS_MIN));
            }
        }
        try (ServerProcess server = installation.serve()) {
            verify(server, writers, ROUNDS);
            assertThat(server.metric("varve_ingest_buffers")).isZero();
            server.stop();
        }
        assertThat(bytesBelow(installation.temporary()))
                .as("what killed processes leave, each")
                .isLessThan(ROUNDS * (2 << 20));
        Outcome check = installation.run("fsck");
        assertThat(check.exit()).as(check.output()).isZero();
        assertThat(check.output()).startsWith("Clean: ").hasLineCount(1);
    }

    private static long bytesBelow(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    private static void writeUntilKilled(ServerProcess server, List<Writer> writers, int answersMin) throws Exception {
        CountDownLatch answers = new CountDownLatch(answersMin);
        try (Door dav = new Door.Dav(server);
                Door s3 = new Door.S3(server);
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            try {
                for (int id = 0; id < writers.size(); id++) {
                    Writer writer = writers.get(id);
                    Door door = id % 2 == 0 ? dav : s3;
                    running.add(clients.submit(() -> {
                        writer.run(door, answers);
                        return true;
                    }));
                }
                assertThat(answers.await(2, TimeUnit.MINUTES))
                        .as("enough answers before the kill: %s", server.output())
                        .isTrue();
            } finally {
                server.kill();
            }
            for (Future<?> client : running) {
                client.get(1, TimeUnit.MINUTES);
            }
        }
    }

    /** Each file is read at the door it was not written at. */
    private static void verify(ServerProcess server, List<Writer> writers, int round) throws Exception {
        Set<String> present;
        try (S3Client s3 = S3Clients.of(server)) {
            present = s3.listObjectsV2(request -> request.bucket(BUCKET)).contents().stream()
                    .map(S3Object::key)
                    .collect(Collectors.toSet());
        }
        try (Door dav = new Door.Dav(server);
                Door s3 = new Door.S3(server)) {
            for (int id = 0; id < writers.size(); id++) {
                for (Name name : writers.get(id).names) {
                    Optional<byte[]> bytes = (id % 2 == 0 ? s3 : dav).get(BUCKET, name.key);
                    assertThat(present.remove(name.key))
                            .as("listed: " + name.key)
                            .isEqualTo(bytes.isPresent());
                    name.settle(match(name, bytes, round));
                }
            }
        }
        assertThat(present).as("names that nobody wrote").isEmpty();
    }

    private static Optional<Content> match(Name name, Optional<byte[]> found, int round) {
        for (Optional<Content> candidate : name.candidates) {
            if (candidate.isPresent() == found.isPresent()
                    && (candidate.isEmpty() || Arrays.equals(candidate.get().bytes(), found.orElseThrow()))) {
                return candidate;
            }
        }
        throw new AssertionError(name.key + " holds "
                + found.map(bytes -> bytes.length + " bytes").orElse("nothing") + " after kill " + round + " of seed "
                + SEED + ", but may hold only " + name.candidates);
    }
}
