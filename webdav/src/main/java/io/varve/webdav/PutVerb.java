package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Lock;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutRequest;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.TimeToLive;
import io.varve.webdav.frame.Verb;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * PUT: a file's new bytes. Everything that can be refused is refused before the first byte is read; the
 * bytes become the file's in one commit after the last one, so a cut connection leaves the old file.
 */
final class PutVerb implements Verb<Exchange, Target> {

    private final Share share;

    PutVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("PUT");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        EntryPath path = path(exchange, target);
        share.require(exchange.principal(), Action.WRITE, path);
        if (exchange.header("Content-Range").isPresent()) {
            // RFC 9110 section 14.5: to store a part as if it were the whole would destroy the file.
            throw new Refused(400, "PUT with Content-Range is not supported: send the whole file.");
        }
        requireParent(path);
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        requireUnlocked(exchange, target, path);
        long announced = announcedBytes(exchange);
        if (announced > share.freeBytes().getAsLong()) {
            throw new Refused(Refusal.NO_SPACE, "The store has no room for " + announced + " bytes more.");
        }
        Optional<Instant> modified = exchange.header("X-OC-Mtime").map(PutVerb::modified);
        String type = Optional.ofNullable(exchange.request().getContentType()).orElse("");
        PutRequest request =
                PutRequest.ofType(type).withAttributes(timeToLive(exchange)).keepingProperties();
        PutResult result;
        try (ContentWriter writer = share.namespace().write(new ContentHints(path.name(), type, announced))) {
            receive(exchange, writer);
            try (StagedContent content = finish(writer)) {
                result = share.namespace()
                        .put(
                                path,
                                content,
                                modified.map(request::withModified).orElse(request),
                                exchange.options().when(conditions.atCommit()));
            }
        }
        GetVerb.validators(exchange.response(), result.entry());
        result.entry()
                .expires()
                .ifPresent(moment -> exchange.response().setHeader("X-Varve-Expires", moment.toString()));
        if (modified.isPresent()) {
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
    private static Instant modified(String seconds) {
        try {
            return Instant.ofEpochSecond(Long.parseLong(seconds.strip()));
        } catch (NumberFormatException | DateTimeException e) {
            throw new Refused(400, "X-OC-Mtime must be a whole number of seconds since 1970.", e);
        }
    }

    /** A failure of the connection is passed on, one of the store is explained: so the two are told apart at each step. */
    private static void receive(Exchange exchange, ContentWriter writer) throws IOException {
        long announced = exchange.request().getContentLengthLong();
        InputStream body = exchange.request().getInputStream();
        long received = 0;
        while (announced < 0 || received < announced) {
            int read = read(body, writer);
            if (read < 0) {
                break;
            }
            filled(writer, read);
            received += read;
            exchange.countReceived(read);
        }
        if (announced >= 0 && received != announced) {
            throw new Refused(400, "The body ended after " + received + " of " + announced + " bytes.");
        }
    }

    private static int read(InputStream body, ContentWriter writer) throws IOException {
        ByteBuffer space = space(writer);
        return body.read(
                space.array(),
                space.arrayOffset() + space.position(),
                Math.min(space.remaining(), Exchange.BUFFER_BYTES));
    }

    private static ByteBuffer space(ContentWriter writer) {
        try {
            return writer.space();
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    private static void filled(ContentWriter writer, int bytes) {
        try {
            writer.filled(bytes);
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    private static StagedContent finish(ContentWriter writer) {
        try {
            return writer.finish();
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }
}
