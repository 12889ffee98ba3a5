package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Moments;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Version;
import io.varve.webdav.wire.PercentCoding;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.Spliterators;
import java.util.stream.StreamSupport;

/**
 * What an address in one of the read-only trees at the top stands for: {@code .at/MOMENT/…}, the share as it was, and {@code
 * .versions/…}, where each file is a folder of its versions. Rights are those of today on the path it is about.
 */
sealed interface Place {

    /** The file's or folder's entry; folders without a place in the store have none. */
    Optional<Entry> entry();

    /** What a user needs a right on; empty for folders that tell nothing. */
    default Optional<EntryPath> subject() {
        return entry().map(Entry::path);
    }

    /** How it is told in a listing. */
    Node node(Exchange exchange);

    /** Whether it is a folder. */
    boolean folder();

    /** What the folder holds, as far as the user may see it. */
    default Iterator<Place> members(Share share, Principal principal) {
        return Collections.emptyIterator();
    }

    /**
     * The part of the address below the door that stands for the place.
     *
     * @param path decoded, without a slash in front
     */
    static String href(Exchange exchange, String path) {
        return exchange.prefix() + "/" + PercentCoding.encode(path);
    }

    /** A folder that is there so that others can be below it: {@code .at}, {@code .versions}. */
    record Top(String name) implements Place {
        @Override
        public Optional<Entry> entry() {
            return Optional.empty();
        }

        @Override
        public Node node(Exchange exchange) {
            return Node.past(href(exchange, name + "/"), name, true, Optional.empty());
        }

        @Override
        public boolean folder() {
            return true;
        }
    }

    /** The trash: the buckets there are. */
    record TrashTop() implements Place {
        @Override
        public Optional<Entry> entry() {
            return Optional.empty();
        }

        @Override
        public Node node(Exchange exchange) {
            return Node.past(href(exchange, VirtualTrees.TRASH + "/"), VirtualTrees.TRASH, true, entry());
        }

        @Override
        public boolean folder() {
            return true;
        }

        @Override
        public Iterator<Place> members(Share share, Principal principal) {
            return share.namespace().buckets().stream()
                    .map(bucket -> EntryPath.root(bucket.name()))
                    .filter(root -> share.allows(principal, Action.LIST, root))
                    .<Place>map(TrashFolder::new)
                    .iterator();
        }
    }

    /** Nothing is there. */
    record Nothing(String why) implements Place {
        @Override
        public Optional<Entry> entry() {
            return Optional.empty();
        }

        @Override
        public Node node(Exchange exchange) {
            throw new Refused(404, why);
        }

        @Override
        public boolean folder() {
            return false;
        }
    }

    /** All buckets at a moment. */
    record Moment(PastView past, String base) implements Place {
        @Override
        public Optional<Entry> entry() {
            return Optional.empty();
        }

        @Override
        public Node node(Exchange exchange) {
            return Node.past(href(exchange, base + "/"), base.substring(base.lastIndexOf('/') + 1), true, entry());
        }

        @Override
        public boolean folder() {
            return true;
        }

        @Override
        public Iterator<Place> members(Share share, Principal principal) {
            return past.buckets().stream()
                    .map(bucket -> EntryPath.root(bucket.name()))
                    .filter(root -> share.allows(principal, Action.LIST, root))
                    .flatMap(root -> past.find(root).stream())
                    .<Place>map(root -> new Then(past, base, root))
                    .iterator();
        }
    }

    /** A bucket, folder or file at a moment. */
    record Then(PastView past, String base, Entry at) implements Place {
        @Override
        public Optional<Entry> entry() {
            return Optional.of(at);
        }

        @Override
        public Node node(Exchange exchange) {
            return Node.past(
                    href(exchange, base + "/" + at.path()), Node.nameOf(at.path()), at.isDirectory(), Optional.of(at));
        }

        @Override
        public boolean folder() {
            return at.isDirectory();
        }

        @Override
        public Iterator<Place> members(Share share, Principal principal) {
            return share.allows(principal, Action.LIST, at.path())
                    ? new PlaceIterators.Children(past.children(at.path()), child -> new Then(past, base, child))
                    : Collections.emptyIterator();
        }
    }

    /** A bucket or folder that is there now, at the address of the same path in a tree that shows something else of it. */
    sealed interface PresentFolder extends Place {

        /** The bucket or folder. */
        EntryPath path();

        /** The name of the tree. */
        String tree();

        @Override
        default Optional<Entry> entry() {
            return Optional.empty();
        }

        @Override
        default Optional<EntryPath> subject() {
            return Optional.of(path());
        }

        @Override
        default Node node(Exchange exchange) {
            String address = tree() + "/" + path().asDirectory();
            return Node.past(href(exchange, address), Node.nameOf(path()), true, entry());
        }

        @Override
        default boolean folder() {
            return true;
        }
    }

    /** A bucket or folder in the tree of versions: its files appear as folders. */
    record VersionedFolder(EntryPath path) implements PresentFolder {
        @Override
        public String tree() {
            return VirtualTrees.VERSIONS;
        }

        /** The versions of the file of that name, newest first, then what the folder of that name holds now. */
        @Override
        public Iterator<Place> members(Share share, Principal principal) {
            Iterator<Place> versions = path.isRoot() || !share.allows(principal, Action.READ, path.asFile())
                    ? Collections.emptyIterator()
                    : PlaceIterators.versionFiles(share, path.asFile());
            return share.allows(principal, Action.LIST, path)
                    ? PlaceIterators.chained(versions, children(share))
                    : versions;
        }

        private Iterator<Place> children(Share share) {
            try {
                return new PlaceIterators.Children(
                        share.namespace().children(path),
                        child -> new VersionedFolder(child.path().asDirectory()));
            } catch (StorageException.NoSuchEntry | StorageException.NoSuchBucket e) {
                return Collections.emptyIterator();
            }
        }
    }

    /** A version of a file. */
    record VersionFile(Version version) implements Place {
        @Override
        public Optional<Entry> entry() {
            return Optional.of(version.entry());
        }

        @Override
        public Node node(Exchange exchange) {
            return Node.version(address(exchange, version), name(), version);
        }

        /** The address of a version. */
        static String address(Exchange exchange, Version version) {
            String folder = VirtualTrees.VERSIONS + "/" + version.entry().path().asDirectory();
            return href(exchange, folder + new VersionFile(version).name());
        }

        /** The time it came, and the file's own name behind, so that programs know its type. */
        String name() {
            return Moments.compact(version.from()) + "-"
                    + version.entry().path().name();
        }

        @Override
        public boolean folder() {
            return false;
        }
    }

    /**
     * A bucket or folder that is there now, as the trash shows it: with what was deleted from it, and the folders it has, in which there
     * may be more.
     */
    record TrashFolder(EntryPath path) implements PresentFolder {
        @Override
        public String tree() {
            return VirtualTrees.TRASH;
        }

        @Override
        public Iterator<Place> members(Share share, Principal principal) {
            if (!share.allows(principal, Action.LIST, path)) {
                return Collections.emptyIterator();
            }
            Iterator<Place> folders = StreamSupport.stream(
                            Spliterators.spliteratorUnknownSize(
                                    share.namespace().children(path), 0),
                            false)
                    .filter(Entry::isDirectory)
                    .<Place>map(folder -> new TrashFolder(folder.path()))
                    .iterator();
            return PlaceIterators.chained(PlaceIterators.deleted(share, path), folders);
        }
    }

    /** A file in the trash, as it was when it was deleted. */
    record DeletedFile(Version version) implements Place {
        @Override
        public Optional<Entry> entry() {
            return Optional.of(version.entry());
        }

        @Override
        public Node node(Exchange exchange) {
            EntryPath file = version.entry().path();
            return Node.past(href(exchange, VirtualTrees.TRASH + "/" + file), file.name(), false, entry());
        }

        @Override
        public boolean folder() {
            return false;
        }
    }

    /** A user. */
    record Person(String name) implements Place {
        @Override
        public Optional<Entry> entry() {
            return Optional.empty();
        }

        @Override
        public Node node(Exchange exchange) {
            return Node.past(address(exchange, name), name, false, entry());
        }

        /** The address of a user. */
        static String address(Exchange exchange, String name) {
            return href(exchange, VirtualTrees.PRINCIPALS + "/" + name);
        }

        @Override
        public boolean folder() {
            return false;
        }
    }

    /** Opens a range of a file's bytes. */
    default ContentReader read(Share share, long offset, long length) {
        return switch (this) {
            case Then then -> then.past().read(then.at(), offset, length);
            case VersionFile file -> share.namespace().read(file.version(), offset, length);
            case DeletedFile file -> share.namespace().read(file.version(), offset, length);
            case PresentFolder folder -> throw notAFile();
            case Person person -> throw notAFile();
            case Top top -> throw notAFile();
            case TrashTop top -> throw notAFile();
            case Nothing nothing -> throw notAFile();
            case Moment moment -> throw notAFile();
        };
    }

    private static IllegalStateException notAFile() {
        return new IllegalStateException("only files have bytes");
    }
}
