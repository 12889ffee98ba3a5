package io.varve.webdav;

import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Version;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** What folders of the read-only trees hold, read as it is asked for. */
final class PlaceIterators {
    private PlaceIterators() {}

    /** The entries of a directory that a file system can show, as places. */
    static final class Children implements Iterator<Place> {
        private final DirectoryStream entries;
        private final Function<Entry, Place> place;
        private Optional<Entry> next = Optional.empty();

        Children(DirectoryStream entries, Function<Entry, Place> place) {
            this.entries = entries;
            this.place = place;
        }

        @Override
        public boolean hasNext() {
            while (next.isEmpty() && entries.hasNext()) {
                Entry entry = entries.next();
                next = FolderWalk.isShowable(entry.path().name()) ? Optional.of(entry) : Optional.empty();
            }
            return next.isPresent();
        }

        @Override
        public Place next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Entry entry = next.orElseThrow();
            next = Optional.empty();
            return place.apply(entry);
        }
    }

    /** What was deleted from a folder, read some at a time. */
    static final class DeletedPages implements Iterator<Place> {
        private static final int PAGE = 256;

        private final Share share;
        private final EntryPath folder;
        private final Iterator<Version> versions;

        DeletedPages(Share share, EntryPath folder) {
            this.share = share;
            this.folder = folder;
            this.versions = Stream.iterate(
                            page(""),
                            page -> !page.isEmpty(),
                            page -> page.size() < PAGE ? List.<Version>of() : page(name(page.getLast())))
                    .flatMap(List::stream)
                    .filter(version ->
                            FolderWalk.isShowable(version.entry().path().name()))
                    .iterator();
        }

        private List<Version> page(String after) {
            return share.namespace().deleted(folder, after, PAGE);
        }

        /** As rows are ordered: a directory's with its slash. */
        private static String name(Version version) {
            EntryPath path = version.entry().path();
            return path.isDirectory() ? path.name() + "/" : path.name();
        }

        @Override
        public boolean hasNext() {
            return versions.hasNext();
        }

        @Override
        public Place next() {
            return VirtualTrees.deleted(share.namespace(), versions.next());
        }
    }

    /** A file's versions, read some at a time. */
    static final class VersionPages implements Iterator<Place> {
        private static final int PAGE = 256;

        private final Share share;
        private final EntryPath file;
        private final Iterator<Version> versions;

        VersionPages(Share share, EntryPath file) {
            this.share = share;
            this.file = file;
            this.versions = Stream.iterate(
                            page(Instant.MAX),
                            page -> !page.isEmpty(),
                            page -> page.size() < PAGE
                                    ? List.<Version>of()
                                    : page(page.getLast().from()))
                    .flatMap(List::stream)
                    .iterator();
        }

        private List<Version> page(Instant before) {
            return share.namespace().versions(file, before, PAGE);
        }

        /** The versions themselves. */
        Iterator<Version> versions() {
            return versions;
        }

        @Override
        public boolean hasNext() {
            return versions.hasNext();
        }

        @Override
        public Place next() {
            return new Place.VersionFile(versions.next());
        }
    }

    /** One after the other. */
    static final class Chained implements Iterator<Place> {
        private final Iterator<Place> first;
        private final Iterator<Place> second;

        Chained(Iterator<Place> first, Iterator<Place> second) {
            this.first = first;
            this.second = second;
        }

        @Override
        public boolean hasNext() {
            return first.hasNext() || second.hasNext();
        }

        @Override
        public Place next() {
            return first.hasNext() ? first.next() : second.next();
        }
    }
}
