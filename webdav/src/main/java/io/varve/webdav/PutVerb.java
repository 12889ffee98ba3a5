package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentSplice;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Lock;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.TimeToLive;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.UpdateRange;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * PUT: a file's new bytes, or some of them ({@code Content-Range}), and PATCH in the form of sabre/dav, which is the same under another
 * name. Everything that can be refused is refused before the first byte is read; the bytes become the file's in one commit after
 * the last one, so a cut connection leaves the old file. A part is spliced into the file, never stored in its place.
 */
final class PutVerb implements Verb<Exchange, Target> {
    static final String PARTIAL_TYPE = "application/x-sabredav-partialupdate";

    private final Share share;

    PutVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("PUT", "PATCH");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        EntryPath path = path(exchange, target);
        share.require(exchange.principal(), Action.WRITE, path);
        Optional<UpdateRange> range = range(exchange);
        if (target instanceof Target.Missing) {
            requireParent(path);
        }
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        requireUnlocked(exchange, target, path);
        long announced = announcedBytes(exchange);
        share.requireRoom(path, announced);
        Optional<Instant> modified = modified(exchange);
        PutResult result;
        if (range.isPresent() && target instanceof Target.File file) {
            result = splice(exchange, file.at(), range.get(), modified, conditions);
        } else {
            result = store(exchange, path, range, announced, modified, conditions);
        }
        answer(exchange, result);
    }

    /** Which bytes the request brings; empty for all. */
    private static Optional<UpdateRange> range(Exchange exchange) {
        if (exchange.method().equals("PUT")) {
            return exchange.header("Content-Range").map(UpdateRange::ofContentRange);
        }
        String type = Optional.ofNullable(exchange.request().getContentType()).orElse("");
        if (!type.toLowerCase(Locale.ROOT).startsWith(PARTIAL_TYPE)) {
            throw new Refused(415, "PATCH takes parts of files with the Content-Type " + PARTIAL_TYPE + ".");
        }
        return Optional.of(exchange.header("X-Update-Range")
                .map(UpdateRange::ofUpdateRange)
                .orElseThrow(() -> new Refused(400, "X-Update-Range must say which bytes are sent.")));
    }

    private PutResult store(
            Exchange exchange,
            EntryPath path,
            Optional<UpdateRange> range,
            long announced,
            Optional<Instant> modified,
            Conditions conditions)
            throws IOException {
        if (range.isPresent()) {
            offset(exchange, range.get(), 0);
        }
        ReceivedDigests digests =
                range.isPresent() ? ReceivedDigests.ofPart(exchange) : ReceivedDigests.ofFile(exchange);
        String type = Optional.ofNullable(exchange.request().getContentType()).orElse("");
        PutRequest request =
                PutRequest.ofType(type).withAttributes(timeToLive(exchange)).keepingProperties();
        try (ContentWriter writer = share.namespace().write(new ContentHints(path.name(), type, announced))) {
            long received = Ingest.receive(exchange, writer, digests);
            range.ifPresent(part -> requireLength(part, received));
            try (StagedContent content = Ingest.finish(writer)) {
                return share.namespace()
                        .put(
                                path,
                                content,
                                digests.in(modified.map(request::withModified).orElse(request)),
                                exchange.options().when(conditions.atCommit()));
            }
        }
    }

    /** Puts the bytes into the file that is there, if it is still the same when all have come. */
    private PutResult splice(
            Exchange exchange, Entry entry, UpdateRange range, Optional<Instant> modified, Conditions conditions)
            throws IOException {
        ReceivedDigests digests = ReceivedDigests.ofPart(exchange);
        PutRequest request = PutRequest.ofType(entry.contentType())
                .withAttributes(ofChanged(entry.attributes()))
                .keepingProperties();
        Precondition same = conditions.atCommit();
        try (ContentSplice splice = share.namespace().splice(entry, offset(exchange, range, entry.size()))) {
            requireLength(range, Ingest.receive(exchange, splice.writer(), digests));
            try (StagedContent content = Ingest.finish(splice)) {
                return share.namespace()
                        .put(
                                entry.path(),
                                content,
                                modified.map(request::withModified).orElse(request),
                                exchange.options().when(current -> {
                                    same.check(current);
                                    requireSame(entry, current);
                                }));
            }
        }
    }

    private static void requireSame(Entry entry, Optional<Entry> current) {
        if (current.map(Entry::sequence).filter(now -> now == entry.sequence()).isEmpty()) {
            throw new StorageException.PreconditionFailed(
                    "'" + entry.path() + "' was changed by somebody else while a part of it arrived: send it again.");
        }
    }

    /** What is said of a file holds when some of its bytes are others, but for what is said of the bytes. */
    private static Attributes ofChanged(Attributes attributes) {
        return attributes.only(Attributes.HEADER, Attributes.USER, Attributes.TAG, Attributes.EXPIRES);
    }

    private static long offset(Exchange exchange, UpdateRange range, long size) {
        Optional<Long> offset = range.offset(size);
        long announced = exchange.request().getContentLengthLong();
        if (offset.isEmpty()) {
            exchange.response().setHeader("Content-Range", "bytes */" + size);
            throw new Refused(416, "The file has " + size + " bytes: what begins behind them would leave a gap.");
        }
        if (announced >= 0) {
            requireLength(range, announced);
        }
        return offset.get();
    }

    private static void requireLength(UpdateRange range, long bytes) {
        if (range.length().isPresent() && range.length().get() != bytes) {
            throw new Refused(400, "The range is " + range.length().get() + " bytes long, and the body " + bytes + ".");
        }
    }

    /** Tells what became of a file's new bytes. */
    static void answer(Exchange exchange, PutResult result) {
        Entry entry = result.entry();
        GetVerb.validators(exchange.response(), entry);
        if (exchange.header("OC-Checksum").isPresent()) {
            exchange.response().setHeader("OC-Checksum", KnownDigests.cloud(entry));
        }
        KnownDigests.wanted(exchange, entry);
        entry.expires().ifPresent(moment -> exchange.response().setHeader("X-Varve-Expires", moment.toString()));
        if (exchange.header("X-OC-Mtime").isPresent()) {
            exchange.response().setHeader("X-OC-Mtime", "accepted");
        }
        exchange.answer(result.created() ? 201 : 204);
    }

    /** {@code X-Varve-TTL} has the file go by itself. */
    private Attributes timeToLive(Exchange exchange) {
        Optional<String> asked = exchange.header("X-Varve-TTL");
        return asked.isEmpty()
                ? Attributes.NONE
                : share.namespace()
                        .ttl()
                        .parse(asked.get())
                        .orElseThrow(() -> new Refused(400, "X-Varve-TTL is " + TimeToLive.GRAMMAR + "."))
                        .in(Attributes.NONE);
    }

    private static EntryPath path(Exchange exchange, Target target) {
        return switch (target) {
            case Target.File file -> file.at().path();
            case Target.NoBucket none ->
                throw new Refused(403, "Files lie in buckets: make a folder at the top first, and put the file in it.");
            case Target.Missing missing -> {
                if (exchange.method().equals("PATCH")) {
                    throw GetVerb.notFound(missing);
                }
                if (missing.path().folder()) {
                    throw Allowed.refuse(exchange, target, "A name that ends with a slash is a folder: use MKCOL.");
                }
                yield missing.path().entry();
            }
            case Target.Folder folder -> throw Allowed.refuse(exchange, target, "A folder is here, not a file.");
            case Target.Virtual virtual -> throw VirtualTrees.readOnly();
            case Target.Root root -> throw Allowed.refuse(exchange, target, "A folder is here, not a file.");
        };
    }

    private void requireParent(EntryPath path) {
        Optional<?> parent;
        try {
            parent = share.namespace().find(path.parent());
        } catch (StorageException.NoSuchBucket e) {
            throw new Refused(409, String.valueOf(e.getMessage()), e);
        }
        if (parent.isEmpty()) {
            throw new Refused(409, "The folder '" + path.parent() + "' does not exist: create it first.");
        }
    }

    /** The commit has the last word; this only spares a client from sending what must be refused. */
    private void requireUnlocked(Exchange exchange, Target target, EntryPath path) {
        List<Lock> covering = share.locks(target);
        Set<String> submitted = exchange.submittedTokens();
        if (!covering.isEmpty() && covering.stream().noneMatch(lock -> submitted.contains(lock.token()))) {
            throw new StorageException.Locked(covering.getFirst().path());
        }
        if (target instanceof Target.Missing) {
            List<Lock> parents = share.namespace().locks(path.parent());
            if (!parents.isEmpty() && parents.stream().noneMatch(lock -> submitted.contains(lock.token()))) {
                throw new StorageException.Locked(parents.getFirst().path());
            }
        }
    }

    /** The length the client announced, or -1: Finder sends in chunks and tells it in a header of its own. */
    private static long announcedBytes(Exchange exchange) {
        long length = exchange.request().getContentLengthLong();
        String finder = exchange.header("X-Expected-Entity-Length").orElse("");
        boolean number =
                !finder.isEmpty() && finder.length() <= 18 && finder.chars().allMatch(Character::isDigit);
        return length >= 0 || !number ? length : Long.parseLong(finder);
    }

    /** The modification time that ownCloud's and rclone's clients send, in seconds since 1970. */
    static Optional<Instant> modified(Exchange exchange) {
        return exchange.header("X-OC-Mtime").map(PutVerb::modified);
    }

    private static Instant modified(String seconds) {
        try {
            return Instant.ofEpochSecond(Long.parseLong(seconds.strip()));
        } catch (NumberFormatException | DateTimeException e) {
            throw new Refused(400, "X-OC-Mtime must be a whole number of seconds since 1970.", e);
        }
    }
}
