package io.varve.webdav;

import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Moments;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Version;
import io.varve.webdav.wire.DavPath;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The read-only trees at the top of the share. Their names begin with a dot, which no bucket's does. No listing tells them: a client that
 * copies the whole share must not meet it a second time. Thread-safe.
 */
final class VirtualTrees {
    /** The share as it was: {@code .at/2026-11-20T100000Z/bucket/…}. */
    static final String AT = ".at";

    /** Versions of files: {@code .versions/bucket/path/to/file/}. */
    static final String VERSIONS = ".versions";

    /** What was deleted: {@code .trash/bucket/path}, at the address it had. */
    static final String TRASH = ".trash";

    /** The users, of whom clients want an address. */
    static final String PRINCIPALS = ".principals";

    private static final Set<String> ALL = Set.of(AT, VERSIONS, TRASH, PRINCIPALS);

    private final Namespace namespace;

    VirtualTrees(Namespace namespace) {
        this.namespace = namespace;
    }

    static boolean holds(DavPath path) {
        return !path.isRoot() && ALL.contains(path.bucket());
    }

    /** What is said to every change. */
    static Refused readOnly() {
        return new Refused(
                403,
                "The past cannot be changed: .at, .versions and .trash are read-only. Copy from there to where it is wanted.");
    }

    /** What an address in one of the trees stands for. */
    Place find(DavPath path) {
        List<String> below = path.segments().subList(1, path.segments().size());
        if (below.isEmpty()) {
            return path.bucket().equals(TRASH) ? new Place.TrashTop() : new Place.Top(path.bucket());
        }
        try {
            return switch (path.bucket()) {
                case AT -> at(below, path.folder());
                case VERSIONS -> versions(below);
                case TRASH -> trash(below);
                default -> below.size() == 1 ? new Place.Person(below.getFirst()) : nothing(below);
            };
        } catch (StorageException.OutOfHistory e) {
            return new Place.Nothing(String.valueOf(e.getMessage()));
        } catch (StorageException.NoSuchBucket e) {
            return nothing(below);
        }
    }

    private static Place nothing(List<String> below) {
        return new Place.Nothing("Nothing is at '" + String.join("/", below) + "'.");
    }

    private Place at(List<String> below, boolean folder) {
        String text = below.getFirst();
        Optional<Instant> moment = Moments.parse(text);
        if (moment.isEmpty()) {
            return new Place.Nothing("'" + text + "' is no moment: give " + Moments.GRAMMAR + ".");
        }
        PastView past = namespace.at(moment.get());
        String base = AT + "/" + text;
        if (below.size() == 1) {
            return new Place.Moment(past, base);
        }
        DavPath then = new DavPath(below.subList(1, below.size()), folder);
        Optional<Entry> entry = then.folder() ? past.find(then.entry()) : past.resolve(then.entry());
        return entry.<Place>map(found -> new Place.Then(past, base, found))
                .orElseGet(() -> new Place.Nothing("Nothing was at '" + then.entry() + "' at " + past.moment() + "."));
    }

    private Place trash(List<String> below) {
        EntryPath path = new DavPath(below, false).entry();
        if (path.isRoot() || namespace.find(path.asDirectory()).isPresent()) {
            return namespace.findBucket(path.bucket()).isPresent() ? new Place.TrashFolder(path) : nothing(below);
        }
        return Stream.of(path, path.asDirectory())
                .flatMap(each -> namespace.versions(each, Instant.MAX, 1).stream())
                .filter(version -> version.fate() == Version.Fate.DELETED)
                .findFirst()
                .map(version -> deleted(namespace, version))
                .orElseGet(() -> nothing(below));
    }

    /** Something in the trash, as it was when it was deleted. */
    static Place deleted(Namespace namespace, Version version) {
        if (!version.entry().isDirectory()) {
            return new Place.DeletedFile(version);
        }
        Instant last = version.to().orElseThrow().minus(1, ChronoUnit.MICROS);
        return new Place.Then(namespace.at(last), TRASH, version.entry());
    }

    private Place versions(List<String> below) {
        EntryPath path = new DavPath(below, false).entry();
        if (path.isRoot()) {
            return namespace.findBucket(path.bucket()).isPresent()
                            || !namespace.versions(path, Instant.MAX, 1).isEmpty()
                    ? new Place.VersionedFolder(path)
                    : nothing(below);
        }
        if (!namespace.versions(path, Instant.MAX, 1).isEmpty()
                || !namespace.versions(path.asDirectory(), Instant.MAX, 1).isEmpty()) {
            return new Place.VersionedFolder(path.asDirectory());
        }
        return version(path).orElseGet(() -> nothing(below));
    }

    /** A file's version by its own name, with or without the file's name behind. */
    private Optional<Place> version(EntryPath path) {
        EntryPath file = path.parent();
        if (file.isRoot()) {
            return Optional.empty();
        }
        String name = path.name();
        String suffix = "-" + file.name();
        String time = name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
        return Moments.parse(time)
                .flatMap(from -> namespace.version(file.asFile(), from))
                .map(Place.VersionFile::new);
    }
}
