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
    private static final int PAGE = 256;

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
    static Iterator<Place> deleted(Share share, EntryPath folder) {
        return pages(
                        share.namespace().deleted(folder, "", PAGE),
                        last -> share.namespace().deleted(folder, storedName(last), PAGE))
                .filter(version -> FolderWalk.isShowable(version.entry().path().name()))
                .map(version -> VirtualTrees.deleted(share.namespace(), version))
                .iterator();
    }

    /** As rows are ordered: a directory's with its slash. */
    private static String storedName(Version version) {
        EntryPath path = version.entry().path();
        return path.isDirectory() ? path.name() + "/" : path.name();
    }

    /** A file's versions, read some at a time, the newest first. */
    static Stream<Version> versions(Share share, EntryPath file) {
        return pages(
                share.namespace().versions(file, Instant.MAX, PAGE),
                last -> share.namespace().versions(file, last.from(), PAGE));
    }

    /** The versions as what their addresses stand for. */
    static Iterator<Place> versionFiles(Share share, EntryPath file) {
        return versions(share, file).<Place>map(Place.VersionFile::new).iterator();
    }

    /** Page after page, as they are asked for, until one is not full. */
    private static Stream<Version> pages(List<Version> first, Function<Version, List<Version>> after) {
        return Stream.iterate(
                        first,
                        page -> !page.isEmpty(),
                        page -> page.size() < PAGE ? List.<Version>of() : after.apply(page.getLast()))
                .flatMap(List::stream);
    }

    /** One after the other. */
    static Iterator<Place> chained(Iterator<Place> first, Iterator<Place> second) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return first.hasNext() || second.hasNext();
            }

            @Override
            public Place next() {
                return first.hasNext() ? first.next() : second.next();
            }
        };
    }
}
