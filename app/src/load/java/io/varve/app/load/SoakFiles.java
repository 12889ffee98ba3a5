package io.varve.app.load;

import io.varve.app.load.SoakConnections.Reply;
import io.varve.app.load.SoakRequest.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** What a client does with single files. */
final class SoakFiles {
    /** A bucket whose history is whole, and one that is too small for what its clients want to store. */
    static final String PLAIN = "plain";

    static final String LIMITED = "limited";

    private static final int FOLDERS = 3;
    private static final int FILES = 5;
    private static final int LIMITED_FILES = 3;

    /** Content that several clients store, so that chunks have more than one holder. */
    private static final int SHARED_SEEDS = 40;

    private static final long INSERTED_MAX = 64 << 10;
    private static final long APPENDED_MAX = 1 << 20;
    private static final int EDITS_MAX = 40;
    private static final int PART_BYTES = 5 << 20;

    private final SoakClient client;
    private final SoakModel model;
    private final SplittableRandom random;

    SoakFiles(SoakClient client) {
        this.client = client;
        this.model = client.model();
        this.random = client.random();
    }

    // ---- names and contents

    /** All names this client uses. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        for (int folder = 0; folder < FOLDERS; folder++) {
            for (int file = 0; file < FILES; file++) {
                names.add(folder(folder) + "f" + file);
            }
        }
        for (int file = 0; file < LIMITED_FILES; file++) {
            names.add(LIMITED + "/" + client.folder() + "q" + file);
        }
        return names;
    }

    /** All folders in the bucket whose history is whole. */
    List<String> folders() {
        return List.of(folder(0), folder(1), folder(2));
    }

    private String folder(int number) {
        return PLAIN + "/" + client.folder() + "d" + number + "/";
    }

    String anyName() {
        List<String> names = names();
        return names.get(random.nextInt(names.size()));
    }

    /** A name that may be changed; empty if the one that was drawn may not. */
    Optional<String> freeName() {
        return Optional.of(anyName()).filter(model::isFree);
    }

    private Optional<String> freeFile() {
        return freeName().filter(name -> model.file(name).isPresent());
    }

    /** Something new, or another version of what a name holds. */
    SeededContent contentFor(String name) {
        Optional<SeededContent> now = model.file(name);
        if (now.isPresent() && now.get().length() > 0 && random.nextInt(3) > 0) {
            SeededContent content = now.get();
            int kind = random.nextInt(8);
            if (kind == 0 && content.inserted() < INSERTED_MAX) {
                return content.withInserted(random.nextInt(1, 600));
            }
            if (kind == 1 && content.appended() < APPENDED_MAX) {
                return content.withAppended(random.nextInt(1, 100_000));
            }
            if (kind == 2) {
                return content;
            }
            if (content.edits() < EDITS_MAX) {
                return content.edited();
            }
        }
        return fresh();
    }

    private SeededContent fresh() {
        int length = switch (random.nextInt(16)) {
            case 0 -> random.nextInt(3);
            case 1, 2, 3, 4, 5 -> random.nextInt(4 << 10);
            case 6, 7, 8, 9, 10, 11 -> random.nextInt(100 << 10);
            case 12, 13, 14 -> random.nextInt(1 << 20);
            default -> random.nextInt(6 << 20);
        };
        long seed = random.nextBoolean() ? random.nextInt(SHARED_SEEDS) : random.nextLong();
        return new SeededContent(seed, random.nextInt(3) > 0, length, 0, 0, 0);
    }

    // ---- writing

    /** Whether an answer says that a small bucket has no room. */
    static boolean isFull(String name, Reply reply) {
        return name.startsWith(LIMITED)
                && (reply.status() == 507
                        || (reply.status() == 403 && reply.text().contains("QuotaExceeded")));
    }

    /** Stores a file at either door. */
    void put() throws IOException {
        Optional<String> name = freeName();
        if (name.isPresent()) {
            put(name.get(), contentFor(name.get()), false);
        }
    }

    /** The same with pauses. */
    void putSlowly() throws IOException {
        Optional<String> name = freeName();
        if (name.isPresent()) {
            put(name.get(), contentFor(name.get()), true);
        }
    }

    private void put(String name, SeededContent content, boolean slow) throws IOException {
        Place door = client.anyDoor();
        if (door == Place.DAV) {
            makeFolder(name);
        }
        client.change(Map.of(name, Optional.of(content)), reply -> isFull(name, reply), () -> {
            SoakRequest request = new SoakRequest(door, "PUT", name).body(content);
            return client.connections().ask(slow ? request.slow() : request);
        });
    }

    /** WebDAV wants the folders of a file to be there; the last file that leaves takes them along if nobody made them by name. */
    void makeFolder(String name) throws IOException {
        for (int slash = name.indexOf('/', name.indexOf('/') + 1); slash > 0; slash = name.indexOf('/', slash + 1)) {
            Reply reply = client.connections().ask(new SoakRequest(Place.DAV, "MKCOL", name.substring(0, slash + 1)));
            if (reply.status() != 201 && reply.status() != 405) {
                throw busyOr(reply, "MKCOL above " + name);
            }
        }
    }

    private IOException busyOr(Reply reply, String what) {
        if (reply.status() == 503) {
            client.tally().count("answers 503");
            return new IOException("The server is too busy.");
        }
        throw new SoakFailure(what + " was answered with status " + reply.status() + ": " + reply.text());
    }

    /** Hangs up in the middle of a file, or right behind its end; the first must leave what was there, and is looked at by the next reads. */
    void putAndHangUp() throws IOException {
        Optional<String> name = freeName();
        if (name.isEmpty()) {
            return;
        }
        SeededContent content = contentFor(name.get());
        if (content.size() == 0) {
            return;
        }
        long cut = random.nextInt(4) == 0 ? content.size() : random.nextLong(content.size());
        Place door = client.anyDoor();
        if (door == Place.DAV) {
            makeFolder(name.get());
        }
        client.change(
                Map.of(name.get(), Optional.of(content)),
                () -> client.connections()
                        .ask(new SoakRequest(door, "PUT", name.get())
                                .body(content)
                                .cutAfter(cut)));
    }

    /** Puts the bytes of an edit into a file, or adds some at its end. */
    void putPart() throws IOException {
        Optional<String> name = freeFile();
        if (name.isEmpty() || name.get().startsWith(LIMITED)) {
            return;
        }
        SeededContent now = model.file(name.get()).orElseThrow();
        if (random.nextBoolean() && now.appended() < APPENDED_MAX) {
            SeededContent longer = now.withAppended(random.nextInt(1, 60_000));
            ContentPart end = new ContentPart(longer, now.size(), longer.size() - now.size());
            client.change(
                    Map.of(name.get(), Optional.of(longer)),
                    () -> client.connections()
                            .ask(new SoakRequest(Place.DAV, "PATCH", name.get())
                                    .header("Content-Type: application/x-sabredav-partialupdate")
                                    .header("X-Update-Range: append")
                                    .body(end)));
        } else if (now.length() > 0 && now.edits() < EDITS_MAX) {
            SeededContent edited = now.edited();
            SeededContent.Stretch stretch = edited.lastEdit();
            String range = stretch.from() + "-" + (stretch.from() + stretch.length() - 1) + "/" + edited.size();
            client.change(
                    Map.of(name.get(), Optional.of(edited)),
                    () -> client.connections()
                            .ask(new SoakRequest(Place.DAV, "PUT", name.get())
                                    .header("Content-Range: bytes " + range)
                                    .body(new ContentPart(edited, stretch.from(), stretch.length()))));
        }
    }

    /** A write that must be refused, since something is there, or that must be done, since nothing is. */
    void putIfAbsent() throws IOException {
        Optional<String> name = freeName().filter(each -> each.startsWith(PLAIN));
        if (name.isEmpty()) {
            return;
        }
        boolean isThere = model.file(name.get()).isPresent();
        SeededContent content = contentFor(name.get());
        boolean done = client.change(
                Map.of(name.get(), Optional.of(content)),
                reply -> isThere && reply.status() == 412,
                () -> client.connections()
                        .ask(new SoakRequest(Place.S3, "PUT", name.get())
                                .header("If-None-Match: *")
                                .body(content)));
        if (done && isThere) {
            throw new SoakFailure("If-None-Match: * did not hold for " + name.get());
        }
    }

    /** An upload in two parts, completed or given up. */
    void putInParts() throws IOException {
        Optional<String> name = freeName().filter(each -> each.startsWith(PLAIN));
        if (name.isEmpty()) {
            return;
        }
        SeededContent content = new SeededContent(
                random.nextInt(SHARED_SEEDS), random.nextBoolean(), PART_BYTES + random.nextInt(2 << 20), 0, 0, 0);
        Reply begun = client.connections().ask(new SoakRequest(Place.S3, "POST", name.get()).query("uploads="));
        String id = between(begun.text(), "<UploadId>", "</UploadId>");
        StringBuilder list = new StringBuilder("<CompleteMultipartUpload>");
        for (int part = 1; part <= 2; part++) {
            long from = part == 1 ? 0 : PART_BYTES;
            long length = part == 1 ? PART_BYTES : content.size() - PART_BYTES;
            Reply put = client.connections()
                    .ask(new SoakRequest(Place.S3, "PUT", name.get())
                            .query("partNumber=" + part + "&uploadId=" + id)
                            .body(new ContentPart(content, from, length)));
            if (!put.isSuccess()) {
                throw busyOr(put, "a part");
            }
            list.append("<Part><PartNumber>").append(part).append("</PartNumber><ETag>");
            list.append(put.answer().header("ETag")).append("</ETag></Part>");
        }
        if (random.nextInt(5) == 0) {
            client.connections().ask(new SoakRequest(Place.S3, "DELETE", name.get()).query("uploadId=" + id));
            return;
        }
        client.change(
                Map.of(name.get(), Optional.of(content)),
                () -> whole(
                        client.connections()
                                .ask(new SoakRequest(Place.S3, "POST", name.get())
                                        .query("uploadId=" + id)
                                        .text(list.append("</CompleteMultipartUpload>")
                                                .toString())),
                        "<CompleteMultipartUploadResult"));
    }

    /** S3 may say in the body of a success that there was none. */
    private static Reply whole(Reply reply, String sign) {
        if (reply.isSuccess() && !reply.text().contains(sign)) {
            throw new SoakFailure("a success without a result: " + reply.text());
        }
        return reply;
    }

    static String between(String text, String begin, String end) {
        int from = text.indexOf(begin);
        int to = from < 0 ? from : text.indexOf(end, from + begin.length());
        if (to < 0) {
            throw new SoakFailure("An answer without " + begin + ": " + text);
        }
        return text.substring(from + begin.length(), to);
    }

    // ---- deleting, copying, moving

    /** Deletes a name at either door, whether it holds something or not. */
    void delete() throws IOException {
        Optional<String> name = freeName();
        if (name.isPresent()) {
            boolean isThere = model.file(name.get()).isPresent();
            client.change(
                    Map.of(name.get(), Optional.empty()),
                    reply -> !isThere && reply.status() == 404,
                    () -> client.connections().ask(new SoakRequest(client.anyDoor(), "DELETE", name.get())));
        }
    }

    /** Copies a file onto another name. */
    void copy() throws IOException {
        Optional<String> from = freeFile();
        Optional<String> to = freeName();
        if (from.isEmpty() || to.isEmpty() || from.equals(to)) {
            return;
        }
        Place door = client.anyDoor();
        if (door == Place.DAV) {
            makeFolder(to.get());
        }
        Optional<SeededContent> content = model.file(from.get());
        client.change(
                Map.of(to.get(), content),
                reply -> isFull(to.get(), reply),
                () -> door == Place.DAV
                        ? client.connections().ask(transfer("COPY", from.get(), to.get()))
                        : whole(
                                client.connections()
                                        .ask(new SoakRequest(Place.S3, "PUT", to.get())
                                                .signed("x-amz-copy-source", "/" + from.get())),
                                "<CopyObjectResult"));
    }

    /** Moves a file onto another name. */
    void move() throws IOException {
        Optional<String> from = freeFile();
        Optional<String> to = freeName();
        if (from.isEmpty() || to.isEmpty() || from.equals(to)) {
            return;
        }
        makeFolder(to.get());
        client.change(
                Map.of(from.get(), Optional.empty(), to.get(), model.file(from.get())),
                reply -> isFull(to.get(), reply),
                () -> client.connections().ask(transfer("MOVE", from.get(), to.get())));
    }

    /** A WebDAV request that names two things. */
    static SoakRequest transfer(String method, String from, String to) {
        return new SoakRequest(Place.DAV, method, from)
                .header("Destination: /dav/" + to)
                .header("Overwrite: T");
    }
}
