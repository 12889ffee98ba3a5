package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.io.MemoryDeviceDirectory;
import io.varve.storage.io.Power;
import io.varve.storage.maintenance.JobControl;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KeyUploads;
import io.varve.storage.namespace.ListPage;
import io.varve.storage.namespace.ListQuery;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Upload;
import io.varve.storage.namespace.WriteOptions;
import io.varve.storage.sealing.KeyRing;
import io.varve.storage.sealing.Sealing;
import io.varve.storage.sealing.TestKeys;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Several clients do random things on one machine whose power fails: at its first write of a run, then at its second, its third … so that
 * no write, sync, renaming or deletion is left out, those of recovery, checkpoints, collection, compaction and scrubs among them. After
 * each failure the store is opened again: every client finds its files as it left them, or as the one operation that was under way would
 * have left them, whole; and the full recount finds nothing wrong.
 */
final class CrashingMachine {
    private static final int CLIENTS = 3;
    private static final int OPERATIONS = 10;
    private static final List<String> KINDS = List.of(
            "put",
            "put",
            "put",
            "put",
            "delete",
            "delete",
            "copy",
            "move",
            "upload in parts",
            "folder deleted",
            "upkeep",
            "upkeep");

    /** From here on the power fails at the first write again: longer than any run. */
    private static final int CRASH_POINTS = 100;

    /** One client's files, and what they will be when the operation under way has happened. */
    private static final class Client {
        private final int id;
        private Map<String, byte[]> files = new TreeMap<>();
        private @Nullable Map<String, byte[]> next;

        Client(int id) {
            this.id = id;
        }

        String directory() {
            return "client-" + id + "/";
        }

        EntryPath path(String name) {
            return new EntryPath("bucket", directory() + name);
        }

        /** Runs an operation that makes these changes. */
        void perform(Map<String, byte[]> after, Operation operation) throws IOException {
            next = after;
            operation.run();
            files = after;
            next = null;
        }
    }

    @FunctionalInterface
    private interface Operation {
        void run() throws IOException;
    }

    private final List<Client> clients = new ArrayList<>();
    private final SimulationRun simulation;
    private final Random random;
    private final KeyRing keys = TestKeys.sealed().keys();
    private Power power = new Power();
    private MemoryDeviceDirectory journal = new MemoryDeviceDirectory(power);
    private MemoryDeviceDirectory segments = new MemoryDeviceDirectory(power);
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    CrashingMachine(SimulationRun simulation) {
        this.simulation = simulation;
        this.random = new Random(simulation.seed());
    }

    void run() throws Exception {
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(new Client(i));
        }
        try (StoreFixture store = open()) {
            store.namespace().createBucket("bucket", "tester");
        }
        int survived = 0;
        for (int crash = 0; crash < simulation.crashes(); crash++) {
            simulation.beginCrash(crash);
            power.failAt(1 + crash % CRASH_POINTS);
            if (!live()) {
                survived++;
            }
            restart();
            long begin = System.nanoTime();
            try (StoreFixture store = open()) {
                simulation.recovered(System.nanoTime() - begin);
                verify(store);
            }
        }
        assertThat(survived)
                .as("%s: most runs end by the power failure", simulation)
                .isLessThan(simulation.crashes() / 2);
    }

    private StoreFixture open() throws IOException {
        now = now.plusSeconds(10);
        // Encryption is turned on and off between runs, so that there are files of both kinds.
        boolean seals = random.nextInt(3) > 0;
        return new StoreFixture(journal, segments, true, now, new Sealing(keys, seals));
    }

    private void restart() {
        power = new Power();
        journal = journal.crash(random.nextLong(), power);
        segments = segments.crash(random.nextLong(), power);
    }

    /** Whether the power failed before all was done and closed. */
    private boolean live() throws InterruptedException {
        StoreFixture store;
        try {
            store = open();
        } catch (IOException e) {
            simulation.crashed("while it was opened", power);
            return true;
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Client client : clients) {
                long seed = random.nextLong();
                threads.execute(() -> operate(store, client, new Random(seed)));
            }
        }
        boolean atWork = power.hasFailed();
        try {
            store.close();
        } catch (IOException e) {
            // The power failed, here or before; a close that fails with the power on would leave a store that does not
            // verify.
        }
        if (power.hasFailed()) {
            simulation.crashed(atWork ? "at work" : "while it was closed", power);
        }
        return power.hasFailed();
    }

    private void operate(StoreFixture store, Client client, Random random) {
        try {
            for (int i = 0; i < OPERATIONS; i++) {
                int kind = random.nextInt(KINDS.size());
                operate(store, client, random, kind);
                simulation.count(KINDS.get(kind));
            }
        } catch (IOException | StorageException e) {
            // The power is off, and this client hears nothing any more.
        }
    }

    private void operate(StoreFixture store, Client client, Random random, int kind) throws IOException {
        Map<String, byte[]> after = new TreeMap<>(client.files);
        String name = "dir-" + random.nextInt(2) + "/file-" + random.nextInt(3);
        switch (kind) {
            case 0, 1, 2, 3 -> {
                byte[] content = content(random);
                after.put(name, content);
                client.perform(after, () -> store.put(client.path(name), content));
            }
            case 4, 5 -> {
                after.remove(name);
                client.perform(after, () -> store.namespace().delete(client.path(name), WriteOptions.keys("tester")));
            }
            case 6, 7 -> copyOrMove(store, client, random, name, kind == 6);
            case 8 -> upload(store, client, random, name);
            case 9 -> {
                after.keySet().removeIf(file -> file.startsWith("dir-1/"));
                if (after.size() < client.files.size()) {
                    client.perform(
                            after,
                            () -> store.namespace().delete(client.path("dir-1/"), WriteOptions.folders("tester")));
                }
            }
            default -> upkeep(store, random);
        }
    }

    private static void copyOrMove(StoreFixture store, Client client, Random random, String to, boolean copy)
            throws IOException {
        List<String> names = List.copyOf(client.files.keySet());
        if (names.isEmpty()) {
            return;
        }
        String from = names.get(random.nextInt(names.size()));
        if (from.equals(to)) {
            return;
        }
        Map<String, byte[]> after = new TreeMap<>(client.files);
        byte[] content = copy ? after.get(from) : after.remove(from);
        if (content != null) {
            after.put(to, content);
            WriteOptions options = WriteOptions.keys("tester");
            client.perform(after, () -> {
                if (copy) {
                    store.namespace().copy(client.path(from), client.path(to), Optional.empty(), true, true, options);
                } else {
                    store.namespace().move(client.path(from), client.path(to), true, options);
                }
            });
        }
    }

    /** A multipart upload: parts are commits of their own, the file appears with the last. */
    private static void upload(StoreFixture store, Client client, Random random, String name) throws IOException {
        WriteOptions options = WriteOptions.keys("tester");
        Upload upload = store.namespace().keyUploads().begin(client.path(name), PutRequest.ofType(""), options);
        byte[] first = content(random);
        byte[] second = content(random);
        List<Part> parts = new ArrayList<>();
        for (byte[] bytes : List.of(first, second)) {
            try (ContentWriter writer = store.namespace().write(ContentHints.NONE)) {
                writer.write(bytes);
                try (StagedContent content = writer.finish()) {
                    parts.add(store.namespace()
                            .keyUploads()
                            .putPart(upload, parts.size() + 1, content, new EntityTag("x"), Attributes.NONE));
                }
            }
        }
        byte[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        Map<String, byte[]> after = new TreeMap<>(client.files);
        after.put(name, joined);
        List<KeyUploads.PartReference> references = parts.stream()
                .map(part -> new KeyUploads.PartReference(part.number(), part.etag()))
                .toList();
        client.perform(
                after,
                () -> store.namespace().keyUploads().complete(upload, references, PutRequest.ofType(""), 0, options));
    }

    private void upkeep(StoreFixture store, Random random) throws IOException {
        synchronized (this) {
            switch (random.nextInt(6)) {
                case 0 -> store.settle();
                case 1 -> store.compact(80);
                case 2 -> store.checkpoint();
                case 3 -> store.reencode(10);
                case 4 -> store.rebase();
                default -> store.scrubber().scrub(false, new JobControl());
            }
        }
    }

    private static byte[] content(Random random) {
        int length = random.nextInt(12) == 0 ? random.nextInt(200_000) : random.nextInt(12_000);
        byte[] bytes = new byte[length];
        // Few different beginnings, so that clients share chunks.
        new Random(random.nextInt(4)).nextBytes(bytes);
        return bytes;
    }

    private void verify(StoreFixture store) throws IOException {
        TreeMap<String, byte[]> found = new TreeMap<>();
        for (ListPage.Item item : store.namespace()
                .list("bucket", new ListQuery("", "", "", 10_000))
                .items()) {
            Entry entry = ((ListPage.Key) item).entry();
            found.put(entry.path().key(), store.read(entry));
        }
        for (Client client : clients) {
            Map<String, byte[]> own = new TreeMap<>();
            found.tailMap(client.directory()).forEach((key, content) -> {
                if (key.startsWith(client.directory()) && !key.endsWith("/")) {
                    own.put(key.substring(client.directory().length()), content);
                }
            });
            Map<String, byte[]> next = client.next;
            boolean asItWas = same(own, client.files);
            assertThat(asItWas || (next != null && same(own, next)))
                    .as("%s: client %d holds %s", simulation, client.id, own.keySet())
                    .isTrue();
            client.files = own;
            client.next = null;
            simulation.compared(own.values());
        }
        simulation.recount(store);
    }

    private static boolean same(Map<String, byte[]> left, Map<String, byte[]> right) {
        return left.keySet().equals(right.keySet())
                && left.entrySet().stream().allMatch(e -> Arrays.equals(e.getValue(), right.get(e.getKey())));
    }
}
