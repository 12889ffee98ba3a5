package io.varve.webdav;

import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Version;
import java.time.Instant;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;

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

    /** A file's versions, read some at a time. */
    static final class VersionPages implements Iterator<Place> {
        private static final int PAGE = 256;

        private final Share share;
        private final EntryPath file;
        private Instant before = Instant.MAX;
        private Iterator<Version> page = Collections.emptyIterator();
        private boolean exhausted;

        VersionPages(Share share, EntryPath file) {
            this.share = share;
            this.file = file;
        }

        @Override
        public boolean hasNext() {
            if (!page.hasNext() && !exhausted) {
                List<Version> versions = share.namespace().versions(file, before, PAGE);
                exhausted = versions.size() < PAGE;
                before = versions.isEmpty() ? before : versions.getLast().from();
                page = versions.iterator();
            }
            return page.hasNext();
        }

        @Override
        public Place next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            return new Place.VersionFile(page.next());
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
