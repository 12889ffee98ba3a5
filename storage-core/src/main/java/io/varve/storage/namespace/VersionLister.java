package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lists the versions of a bucket's keys in S3's order: the walk of {@link KeyLister} through current rows and kept ones at once, also
 * into directories that vanished with their last key. History that only retention keeps is passed over. For one page, one thread.
 */
final class VersionLister {
    private final MetadataView view;
    private final String bucket;
    private final VersionPage.Query query;
    private final byte[] prefix;
    private final byte[] marker;
    private final List<VersionPage.Item> items = new ArrayList<>();
    private String lastKey = "";
    private String lastVersion = "";
    private String lastRollUp = "";
    private boolean truncated;

    VersionLister(MetadataView view, String bucket, VersionPage.Query query) {
        this.view = view;
        this.bucket = bucket;
        this.query = query;
        this.prefix = Rows.utf8(query.prefix());
        this.marker = Rows.utf8(query.keyMarker());
    }

    /**
     * A name with all that stands under it.
     *
     * @param current its current row, or null
     * @param kept its kept versions, newest first
     * @param vanished the directory that last vanished here, if there is none now
     */
    private record Name(String name, @Nullable EntryRow current, List<PastRow> kept, Optional<Long> vanished) {
        /** Its current row if that is a version of its key: a folder may only be there for what lies under it. */
        @Nullable
        EntryRow currentKey() {
            return current != null && current.explicit() ? current : null;
        }
    }

    VersionPage list(long rootDirectory) throws IOException {
        if (query.limit() <= 0) {
            return new VersionPage(List.of(), false, "", "");
        }
        Deque<Frame> path = new ArrayDeque<>();
        try {
            path.push(new Frame("", rootDirectory));
            while (!path.isEmpty() && !truncated) {
                Frame frame = path.element();
                boolean rolledUp = !lastRollUp.isEmpty() && frame.path.startsWith(lastRollUp);
                Optional<Name> name = rolledUp ? Optional.empty() : frame.next();
                if (name.isEmpty()) {
                    path.pop().close();
                } else {
                    visit(path, frame.path, name.get());
                }
            }
        } finally {
            path.forEach(Frame::close);
        }
        return new VersionPage(items, truncated, truncated ? lastKey : "", truncated ? lastVersion : "");
    }

    private void visit(Deque<Frame> path, String directory, Name name) throws IOException {
        String key = directory + name.name;
        byte[] bytes = Rows.utf8(key);
        boolean wanted = KeyLister.startsWith(bytes, prefix);
        if (!name.name.endsWith("/")) {
            if (wanted) {
                tellAll(key, bytes, name);
            }
            return;
        }
        if (wanted) {
            tellAll(key, bytes, name);
            if (name.current != null && rollsUp(key)) {
                return;
            }
        }
        boolean passed = Arrays.compareUnsigned(bytes, marker) < 0 && !KeyLister.startsWith(marker, bytes);
        if (truncated || passed || !(wanted || KeyLister.startsWith(prefix, bytes))) {
            return;
        }
        Optional<Long> id = name.current != null ? Optional.of(name.current.directory()) : name.vanished;
        if (id.isPresent()) {
            path.push(new Frame(key, id.get()));
        }
    }

    private boolean rollsUp(String key) {
        return !query.delimiter().isEmpty()
                && key.indexOf(query.delimiter(), query.prefix().length()) >= 0;
    }

    private void tellAll(String key, byte[] bytes, Name name) {
        if (rollsUp(key)) {
            int end = key.indexOf(query.delimiter(), query.prefix().length())
                    + query.delimiter().length();
            if (name.current != null || !name.kept.isEmpty()) {
                tellRollUp(key.substring(0, end));
            }
            return;
        }
        int order = marker.length == 0 ? 1 : Arrays.compareUnsigned(bytes, marker);
        if (order < 0 || (order == 0 && query.versionMarker().isEmpty())) {
            return;
        }
        List<KeyVersion> versions = new ArrayList<>();
        EntryPath path = new EntryPath(bucket, key);
        EntryRow current = name.currentKey();
        if (current != null) {
            versions.add(new KeyVersion(current.at(path), false, true));
        }
        for (PastRow past : name.kept) {
            versions.add(VersionTree.version(path, past, versions.isEmpty()));
        }
        tellFrom(versions, order == 0 ? placeBehindMarker(versions) : 0);
    }

    private void tellFrom(List<KeyVersion> versions, int from) {
        for (KeyVersion version : versions.subList(from, versions.size())) {
            if (items.size() == query.limit()) {
                truncated = true;
                return;
            }
            lastKey = version.entry().path().key();
            lastVersion = version.id().toString();
            items.add(new VersionPage.Found(version));
        }
    }

    /** Where to go on behind a version; one that was deleted meanwhile stood before all that were written before it. */
    private int placeBehindMarker(List<KeyVersion> versions) {
        for (int i = 0; i < versions.size(); i++) {
            if (versions.get(i).id().toString().equals(query.versionMarker())) {
                return i + 1;
            }
        }
        long number =
                VersionId.parse(query.versionMarker()).orElse(VersionId.NULL).number();
        int place = 0;
        while (place < versions.size() && written(versions.get(place)) >= number && number != 0) {
            place++;
        }
        return place;
    }

    /**
     * The commit that wrote a version. One that is the current one again, because what was in front of it was deleted, has a later
     * sequence, but its old id; without an id its date tells, and rather too early a moment than too late.
     */
    private static long written(KeyVersion version) {
        long number = version.id().number();
        Entry entry = version.entry();
        return number != 0 ? number : Math.min(entry.sequence(), EntryRow.microsOf(entry.modified()));
    }

    private void tellRollUp(String told) {
        byte[] bytes = Rows.utf8(told);
        if (told.equals(lastRollUp) || (marker.length > 0 && Arrays.compareUnsigned(bytes, marker) <= 0)) {
            lastRollUp = told;
            return;
        }
        if (items.size() == query.limit()) {
            truncated = true;
            return;
        }
        lastKey = told;
        lastVersion = "";
        lastRollUp = told;
        items.add(new VersionPage.Prefix(told));
    }

    /** A directory being walked: its current rows and its history side by side, by name. */
    private final class Frame {
        private final String path;
        private final Cursor now;
        private final Cursor past;
        private byte @Nullable [] nextNow;
        private byte @Nullable [] nextPast;

        Frame(String path, long directory) throws IOException {
            this.path = path;
            byte[] pathBytes = Rows.utf8(path);
            byte[] wanted = KeyLister.firstSegment(KeyLister.below(pathBytes, prefix));
            byte[] after = KeyLister.firstSegment(KeyLister.below(pathBytes, marker));
            byte[] first = Arrays.compareUnsigned(wanted, after) >= 0 ? wanted : after;
            this.now = view.scan(
                    Family.NOW, NameKeys.now(directory, first), KeyLister.afterPrefix(NameKeys.now(directory, wanted)));
            byte[] from = pastPrefix(directory, first);
            byte[] end = KeyLister.afterPrefix(pastPrefix(directory, wanted));
            this.past = view.scan(Family.PAST, from, end);
            advanceNow();
            advancePast();
        }

        /** What all PAST keys of names begin with that begin with some bytes. */
        private static byte[] pastPrefix(long directory, byte[] nameBegin) {
            byte[] withEnd = NameKeys.past(directory, nameBegin);
            return Arrays.copyOf(withEnd, withEnd.length - 2);
        }

        private void advanceNow() throws IOException {
            nextNow = now.next() ? NameKeys.nameBytesOf(now.key()) : null;
        }

        private void advancePast() throws IOException {
            nextPast = past.next() ? Rows.utf8(NameKeys.pastNameOf(past.key())) : null;
        }

        Optional<Name> next() throws IOException {
            byte[] one = nextNow;
            byte[] other = nextPast;
            if (one == null && other == null) {
                return Optional.empty();
            }
            boolean nowFirst = one != null && (other == null || Arrays.compareUnsigned(one, other) <= 0);
            byte[] name = Objects.requireNonNull(nowFirst ? one : other);
            EntryRow current = null;
            if (nowFirst) {
                current = EntryRow.decode(now.value());
                advanceNow();
            }
            List<PastRow> kept = new ArrayList<>();
            Optional<Long> vanished = Optional.empty();
            boolean newest = true;
            while (nextPast != null && Arrays.equals(nextPast, name)) {
                PastRow row = PastRow.decode(past.value());
                if (row.isKept()) {
                    kept.add(row);
                }
                if (newest && row.isVanished()) {
                    vanished = Optional.of(row.row().directory());
                }
                newest = false;
                advancePast();
            }
            return Optional.of(new Name(NameKeys.text(name), current, kept, vanished));
        }

        void close() {
            now.close();
            past.close();
        }
    }
}
