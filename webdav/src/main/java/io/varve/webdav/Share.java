package io.varve.webdav;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessControl.Decision;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Lock;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import io.varve.webdav.wire.DavPath;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The store as the verbs see it. Thread-safe.
 *
 * @param namespace names, bytes and locks
 * @param access who may do what
 * @param clock for the time a lock has left
 * @param freeBytes how many more bytes the store can take now
 * @param settings limits
 */
record Share(
        Namespace namespace, AccessControl access, InstantSource clock, LongSupplier freeBytes, DavSettings settings) {

    /** What an address stands for now. */
    Target find(DavPath path) {
        if (VirtualTrees.holds(path)) {
            return new Target.Virtual(path, new VirtualTrees(namespace).find(path));
        }
        if (path.isRoot()) {
            return new Target.Root(path);
        }
        try {
            Optional<Entry> entry = path.folder() ? namespace.find(path.entry()) : namespace.resolve(path.entry());
            return entry.<Target>map(at -> at.isDirectory() ? new Target.Folder(path, at) : new Target.File(path, at))
                    .orElseGet(() -> missing(path));
        } catch (StorageException.NoSuchBucket e) {
            return missing(path);
        }
    }

    private static Target missing(DavPath path) {
        return path.isBucket() ? new Target.NoBucket(path) : new Target.Missing(path);
    }

    /** Whether there is a file at exactly this path, or a folder if it ends with a slash. */
    boolean isThere(EntryPath path) {
        try {
            return namespace.find(path).isPresent();
        } catch (StorageException.NoSuchBucket e) {
            return false;
        }
    }

    /** The locks that cover an address; none where there is no bucket. */
    List<Lock> locks(Target target) {
        return switch (target) {
            case Target.Root root -> List.of();
            case Target.Folder folder -> namespace.locks(folder.at().path());
            case Target.File file -> namespace.locks(file.at().path());
            case Target.Missing missing -> locks(missing.path().entry());
            case Target.NoBucket none -> List.of();
            case Target.Virtual virtual -> List.of();
        };
    }

    private List<Lock> locks(EntryPath path) {
        try {
            return namespace.locks(path);
        } catch (StorageException.NoSuchBucket e) {
            return List.of();
        }
    }

    /**
     * Insists that the user may see a place of the past, by the rights of today.
     *
     * @throws Refused 403 if not
     */
    void requirePast(Principal principal, Place place) {
        place.subject().ifPresent(path -> require(principal, place.folder() ? Action.LIST : Action.READ, path));
    }

    /**
     * Insists that there is room, before the bytes come.
     *
     * @param announced how many will; less than nothing if nobody knows
     * @throws Refused 507 if not
     */
    void requireSpace(long announced) {
        if (announced > freeBytes.getAsLong()) {
            throw new Refused(Refusal.NO_SPACE, "The store has no room for " + announced + " bytes more.");
        }
    }

    /**
     * Insists that there is room for a file, before its bytes come: on the disk, and in its bucket's quota.
     *
     * @param announced how many will; less than nothing if nobody knows
     * @throws Refused 507 if not
     */
    void requireRoom(EntryPath path, long announced) {
        requireSpace(announced);
        namespace.quotas().requireRoom(path, announced);
    }

    /** Whether the user may do that there. */
    boolean allows(Principal principal, Action action, EntryPath path) {
        // What is done to a folder is done to all it holds.
        boolean all =
                path.isDirectory() && (action == Action.READ || action == Action.WRITE || action == Action.DELETE);
        Decision decision = all
                ? access.decideBelow(principal, action, path.bucket(), path.key())
                : access.decide(principal, action, path.bucket(), path.key());
        return decision == Decision.ALLOWED;
    }

    /**
     * Insists that the user may do that there.
     *
     * @throws Refused 403 if not
     */
    void require(Principal principal, Action action, EntryPath path) {
        if (!allows(principal, action, path)) {
            throw new Refused(403, "The user '" + principal.name() + "' has no right for this on '" + path + "'.");
        }
    }
}
