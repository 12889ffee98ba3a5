package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.Restores;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.DavPath;
import io.varve.webdav.wire.Depth;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** COPY and MOVE: within one store they move references, not bytes. */
final class TransferVerb implements Verb<Exchange, Target> {

    private final Share share;

    TransferVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("COPY", "MOVE");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        if (target instanceof Target.Virtual virtual) {
            restore(exchange, virtual);
            return;
        }
        Entry source = switch (target) {
            case Target.Missing missing -> throw GetVerb.notFound(missing);
            case Target.NoBucket none -> throw GetVerb.notFound(none);
            case Target.Virtual virtual -> throw VirtualTrees.readOnly();
            case Target.Root root -> throw new Refused(403, "The folder over all buckets cannot be copied or moved.");
            case Target.Folder folder -> folder.at();
            case Target.File file -> file.at();
        };
        boolean move = exchange.method().equals("MOVE");
        boolean overwrite = overwrite(exchange);
        boolean deep = isDeep(exchange, source, move);
        EntryPath destination = destination(exchange, source.isDirectory());
        requireRights(exchange, source, destination, move);
        requireReplaceable(exchange, destination, overwrite);
        if (move && source.path().isRoot()) {
            throw new Refused(403, "A bucket cannot be renamed: make another one and move what it holds.");
        }
        if (source.path().equals(destination)) {
            throw new Refused(403, "Source and destination are the same.");
        }
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        try {
            WriteOptions options = exchange.options().whenSource(conditions.atCommit());
            PutResult result = move
                    ? share.namespace().move(source.path(), destination, overwrite, options)
                    : share.namespace().copy(source.path(), destination, Optional.empty(), overwrite, deep, options);
            exchange.answer(result.created() ? 201 : 204);
        } catch (StorageException.NoSuchBucket e) {
            throw new Refused(409, String.valueOf(e.getMessage()), e);
        } catch (StorageException.Locked e) {
            EntryPath changed = source.path().contains(e.path()) ? source.path() : destination;
            MultiStatus.refuseLocked(exchange, changed, Refusal.TOKEN_MISSING, e);
        }
    }

    /** COPY out of the past: by reference, like any copy. */
    private void restore(Exchange exchange, Target.Virtual target) throws IOException {
        Place place = target.at();
        if (place instanceof Place.Nothing nothing) {
            throw exchange.method().equals("MOVE") ? VirtualTrees.readOnly() : new Refused(404, nothing.why());
        }
        if (exchange.method().equals("MOVE") && !target.path().bucket().equals(VirtualTrees.TRASH)) {
            throw VirtualTrees.readOnly();
        }
        boolean overwrite = overwrite(exchange);
        EntryPath destination = destination(exchange, place.folder());
        if (exchange.method().equals("MOVE")
                && place.entry().filter(e -> e.path().equals(destination)).isEmpty()) {
            throw new Refused(403, "Out of the trash things move to where they were; COPY puts them elsewhere.");
        }
        share.requirePast(exchange.principal(), place);
        place.subject().ifPresent(path -> share.require(exchange.principal(), Action.READ, path));
        share.require(exchange.principal(), Action.WRITE, destination);
        requireReplaceable(exchange, destination, overwrite);
        if (exchange.depth(Depth.INFINITY) != Depth.INFINITY && place.folder()) {
            throw new Refused(400, "A folder of the past is copied with all it held: Depth must be infinity.");
        }
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        try {
            PutResult result = restore(exchange, place, destination, overwrite);
            exchange.answer(result.created() ? 201 : 204);
        } catch (StorageException.NoSuchBucket e) {
            throw new Refused(409, String.valueOf(e.getMessage()), e);
        } catch (StorageException.Locked e) {
            MultiStatus.refuseLocked(exchange, destination, Refusal.TOKEN_MISSING, e);
        }
    }

    private PutResult restore(Exchange exchange, Place place, EntryPath destination, boolean overwrite) {
        Restores restores = share.namespace().restores();
        return switch (place) {
            case Place.Then then ->
                restores.restore(
                        then.past(),
                        new Restores.Request(then.at().path(), destination, overwrite, false),
                        exchange.options(),
                        ignored -> {});
            case Place.VersionFile file -> restores.restore(file.version(), destination, overwrite, exchange.options());
            case Place.DeletedFile file -> restores.restore(file.version(), destination, overwrite, exchange.options());
            case Place.Top top -> throw notCopied();
            case Place.TrashTop top -> throw notCopied();
            case Place.PresentFolder folder -> throw notCopied();
            case Place.Person person -> throw notCopied();
            case Place.Moment moment -> throw notCopied();
            case Place.Nothing nothing -> throw new Refused(404, nothing.why());
        };
    }

    private static Refused notCopied() {
        return new Refused(
                403, "Only files, folders and buckets of a moment, and versions, can be copied from the past.");
    }

    private void requireRights(Exchange exchange, Entry source, EntryPath destination, boolean move) {
        share.require(exchange.principal(), Action.READ, source.path());
        if (move) {
            share.require(exchange.principal(), Action.DELETE, source.path());
        }
        share.require(exchange.principal(), Action.WRITE, destination);
    }

    /** A folder that is replaced loses what it holds, and a file in whose place a folder comes is gone: who may only write may not do that. */
    private void requireReplaceable(Exchange exchange, EntryPath destination, boolean overwrite) {
        List<EntryPath> lost = destination.isDirectory()
                ? List.of(destination, destination.asFile())
                : List.of(destination.asDirectory());
        for (EntryPath path : overwrite ? lost : List.<EntryPath>of()) {
            if (share.isThere(path)) {
                share.require(exchange.principal(), Action.DELETE, path);
            }
        }
    }

    static boolean overwrite(Exchange exchange) {
        return switch (exchange.header("Overwrite").orElse("T").strip().toUpperCase(Locale.ROOT)) {
            case "T" -> true;
            case "F" -> false;
            default -> throw new Refused(400, "Overwrite must be T or F.");
        };
    }

    private static boolean isDeep(Exchange exchange, Entry source, boolean move) {
        Depth depth = exchange.depth(Depth.INFINITY);
        if (source.isDirectory() && (depth == Depth.ONE || (move && depth == Depth.ZERO))) {
            throw new Refused(400, move ? "A folder moves with Depth infinity." : "Depth must be 0 or infinity.");
        }
        return depth != Depth.ZERO;
    }

    /** Where it goes; a trailing slash is of no weight, the source says whether it is a folder. */
    static EntryPath destination(Exchange exchange, boolean folder) {
        String header = exchange.header("Destination")
                .orElseThrow(() -> new Refused(400, "The Destination header is missing."));
        DavPath path = exchange.named(header)
                .orElseThrow(() -> new Refused(502, "The destination '" + header + "' is not on this share."));
        if (VirtualTrees.holds(path)) {
            throw VirtualTrees.readOnly();
        }
        if (path.isRoot() || path.isBucket()) {
            throw new Refused(403, "Only buckets lie at the top: make one with MKCOL and copy into it.");
        }
        return (folder ? path.asFolder() : path.asFile()).entry();
    }
}
