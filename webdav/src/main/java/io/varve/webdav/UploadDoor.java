package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.NamedUploads;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Upload;
import io.varve.webdav.wire.DavPath;
import io.varve.webdav.wire.Depth;
import io.varve.webdav.wire.PercentCoding;
import io.varve.webdav.wire.PropFindBody;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Uploads in parts, as Nextcloud's clients send them (its developer manual, "Chunked file upload v2", and the older form of it): MKCOL
 * makes a folder for the upload, PUT puts parts into it in any order and again if need be, PROPFIND tells which are there, and
 * MOVE of the member {@code .file} makes a file of them, by reference. DELETE gives the upload up; so does time. Thread-safe.
 */
final class UploadDoor {
    /** The member that stands for all parts together. */
    private static final String WHOLE = ".file";

    private static final int DIGITS_MAX = 18;

    private final Share share;
    private final NamedUploads uploads;
    private final PartDigests partDigests;

    UploadDoor(Share share) {
        this.share = share;
        this.uploads = share.namespace().namedUploads();
        this.partDigests = new PartDigests(uploads);
    }

    /**
     * Answers a request.
     *
     * @param prefix the raw path of the uploads
     * @param path below it: nothing, an upload, or one of its parts
     */
    void handle(Exchange exchange, String prefix, DavPath path) throws IOException {
        List<String> names = path.segments();
        String method = exchange.method();
        requireTarget(exchange);
        if (names.size() > 2) {
            throw new Refused(404, "Uploads have parts, and parts nothing below them.");
        }
        boolean upload = names.size() == 1;
        boolean part = names.size() == 2 && !names.getLast().equals(WHOLE);
        if (method.equals("OPTIONS")) {
            OptionsVerb.answer(exchange, "OPTIONS, PROPFIND, MKCOL, PUT, MOVE, DELETE");
        } else if (method.equals("PROPFIND")) {
            list(exchange, prefix, names);
        } else if (method.equals("MKCOL") && upload) {
            begin(exchange, names.getFirst());
        } else if (method.equals("PUT") && part) {
            putPart(exchange, find(exchange, names), names.getLast());
        } else if (method.equals("MOVE") && names.size() == 2 && !part) {
            complete(exchange, find(exchange, names));
        } else if (method.equals("DELETE") && upload) {
            Upload given = find(exchange, names);
            partDigests.forget(given);
            uploads.abort(given);
            exchange.answer(204);
        } else {
            exchange.response().setHeader("Allow", "OPTIONS, PROPFIND, MKCOL, PUT, MOVE, DELETE");
            throw new Refused(405, "Uploads are made by MKCOL, PUT of parts, and MOVE of '" + WHOLE + "'.");
        }
    }

    private Upload find(Exchange exchange, List<String> names) {
        try {
            return uploads.find(exchange.principal().name(), names.getFirst());
        } catch (StorageException.NoSuchUpload e) {
            throw new Refused(404, "There is no upload '" + names.getFirst() + "': it has ended, or never began.", e);
        }
    }

    /** Who may write nothing may not keep parts here either; where the file is to go is looked at as soon as it is told. */
    private void requireTarget(Exchange exchange) {
        share.require(exchange.principal(), Action.WRITE, new EntryPath(Address.UPLOADS.substring(1), "part"));
        if (exchange.header("Destination").isPresent()) {
            share.require(exchange.principal(), Action.WRITE, TransferVerb.destination(exchange, false));
        }
    }

    private void begin(Exchange exchange, String name) {
        long total = totalLength(exchange).orElse(0L);
        share.requireSpace(total);
        if (exchange.header("Destination").isPresent()) {
            share.namespace().quotas().requireRoom(TransferVerb.destination(exchange, false), total);
        }
        try {
            uploads.begin(exchange.principal().name(), name);
        } catch (StorageException.EntryExists e) {
            throw new Refused(405, "There is an upload of that name: go on with it, or DELETE it first.", e);
        }
        exchange.answer(201);
    }

    private void putPart(Exchange exchange, Upload upload, String name) throws IOException {
        long announced = exchange.request().getContentLengthLong();
        share.requireSpace(announced);
        if (exchange.header("Content-Range").isPresent()) {
            throw new Refused(400, "A part is sent as a whole.");
        }
        ReceivedDigests digests = ReceivedDigests.ofFile(exchange);
        try (ContentWriter writer = share.namespace().write(new ContentHints(name, "", announced))) {
            Ingest.receive(exchange, writer, digests);
            try (StagedContent content = Ingest.finish(writer)) {
                Part part = uploads.putPart(upload, name, content);
                partDigests.arrived(upload, part);
                exchange.response().setHeader("ETag", part.etag().quoted());
            }
        }
        exchange.answer(201);
    }

    private void complete(Exchange exchange, Upload upload) throws IOException {
        if (exchange.header("Destination").isEmpty()) {
            throw new Refused(400, "The Destination header must say which file the parts become.");
        }
        EntryPath destination = TransferVerb.destination(exchange, false);
        Target target = share.find(exchange.named(exchange.header("Destination").get())
                .orElseThrow()
                .asFile());
        boolean overwrite = TransferVerb.overwrite(exchange);
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        List<Part> parts = uploads.parts(upload).stream()
                .sorted(Comparator.comparingLong((Part part) -> PartDigests.number(NamedUploads.nameOf(part)))
                        .thenComparing(NamedUploads::nameOf))
                .toList();
        long length = parts.stream().mapToLong(Part::size).sum();
        Optional<Long> total = totalLength(exchange);
        if (total.isPresent() && total.get() != length) {
            throw new Refused(400, "The parts have " + length + " bytes, and the file is to have " + total.get() + ".");
        }
        if (parts.isEmpty() && total.isEmpty()) {
            throw new Refused(400, "No part has arrived: for an empty file send an OC-Total-Length of 0.");
        }
        Optional<Instant> modified = PutVerb.modified(exchange);
        PutRequest request = PutRequest.ofType("").keepingProperties();
        PutRequest dated = modified.map(request::withModified).orElse(request);
        PutRequest verified = verify(exchange, upload, parts).in(dated);
        Precondition same = conditions.atCommit();
        try {
            PutResult result = uploads.complete(
                    upload, parts, destination, verified, exchange.options().when(current -> {
                        if (!overwrite && current.isPresent()) {
                            throw new StorageException.EntryExists(destination);
                        }
                        same.check(current);
                    }));
            PutVerb.answer(exchange, result);
        } catch (StorageException.NoSuchBucket e) {
            throw new Refused(409, String.valueOf(e.getMessage()), e);
        }
    }

    /** Parts do not tell what the whole hashes to: what was not hashed while they arrived is read, if the request tells a digest. */
    private ReceivedDigests verify(Exchange exchange, Upload upload, List<Part> parts) {
        ReceivedDigests digests = ReceivedDigests.ofFile(exchange);
        if (digests.isWanted()) {
            int known = partDigests
                    .end(upload)
                    .filter(progress -> progress.isOf(parts) && digests.goOn(progress.states()))
                    .map(PartDigests.Progress::parts)
                    .orElse(0);
            parts.subList(known, parts.size())
                    .forEach(part -> PartDigests.forEachPiece(
                            uploads, upload, part, bytes -> digests.update(bytes, 0, bytes.length)));
        } else {
            partDigests.forget(upload);
        }
        digests.finish();
        return digests;
    }

    private static Optional<Long> totalLength(Exchange exchange) {
        return exchange.header("OC-Total-Length").map(text -> {
            if (text.isEmpty() || text.length() > DIGITS_MAX || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw new Refused(400, "OC-Total-Length must be a number of bytes.");
            }
            return Long.parseLong(text);
        });
    }

    private void list(Exchange exchange, String prefix, List<String> names) throws IOException {
        boolean members = exchange.depth(Depth.INFINITY) != Depth.ZERO;
        PropFindBody body = exchange.readXml(share.settings().xmlBytesMax(), PropFindBody::read)
                .orElseGet(() -> new PropFindBody.All(Set.of()));
        Optional<Upload> upload = names.isEmpty() ? Optional.empty() : Optional.of(find(exchange, names));
        List<Part> parts = upload.map(uploads::parts).orElse(List.of());
        Optional<Part> one = parts.stream()
                .filter(part -> names.size() == 2 && NamedUploads.nameOf(part).equals(names.getLast()))
                .findFirst();
        if (names.size() == 2 && one.isEmpty()) {
            throw new Refused(404, "The upload has no such part.");
        }
        String href = prefix + "/" + PercentCoding.encode(String.join("/", names)) + (names.size() == 1 ? "/" : "");
        XmlOutput out = exchange.answerXml(207).markup(MultiStatus.BEGIN).markup("\n");
        PropertyAnswers answers = new PropertyAnswers(share, exchange, out, body);
        if (one.isPresent()) {
            answers.write(Node.past(href, names.getLast(), false, Optional.of(entry(one.get()))));
        } else {
            answers.write(Node.past(href, names.isEmpty() ? "uploads" : names.getFirst(), true, Optional.empty()));
            if (members && names.isEmpty()) {
                for (Upload each : uploads.list(exchange.principal().name())) {
                    String name = each.path().name();
                    answers.write(Node.past(href + PercentCoding.encode(name) + "/", name, true, Optional.empty()));
                }
            } else if (members) {
                for (Part part : parts) {
                    String name = NamedUploads.nameOf(part);
                    answers.write(Node.past(href + PercentCoding.encode(name), name, false, Optional.of(entry(part))));
                }
            }
        }
        out.markup(MultiStatus.END).flush();
    }

    /** A part as listings know files. */
    private static Entry entry(Part part) {
        return new Entry(
                new EntryPath(Address.UPLOADS.substring(1), NamedUploads.nameOf(part)),
                Entry.Kind.FILE,
                ChronoUnit.MICROS.between(Instant.EPOCH, part.modified()),
                part.modified(),
                part.etag(),
                "",
                Attributes.NONE,
                part.content(),
                0,
                true);
    }
}
