package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Content;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a restore would change.
 *
 * @param created files and folders that would be new
 * @param replaced files that would get other content
 * @param removed files and folders that would go into history
 * @param unchanged files that hold the same content already
 * @param bytes the length of what would be created or replaced; nothing of it is moved
 * @param changes the first single changes, in order of their paths
 */
public record RestorePlan(
        long created, long replaced, long removed, long unchanged, long bytes, List<PlannedChange> changes) {

    /** What would happen to a path. */
    public enum Kind {
        CREATED,
        REPLACED,
        REMOVED
    }

    /**
     * One change.
     *
     * @param path below the target
     * @param bytes the length it would have; of what is removed, the one it has
     */
    public record PlannedChange(Kind kind, EntryPath path, long bytes) {}

    static RestorePlan of(PastTree past, Tree now, Restores.Request request, int listedMax) throws IOException {
        EntryPath source = request.source();
        Entry from = past.find(source).orElseThrow(() -> new StorageException.NoSuchEntry(source));
        Comparison comparison = new Comparison(past, now, listedMax);
        EntryPath target = from.isDirectory() ? request.target().asDirectory() : request.target();
        EntryPath twin = target.isRoot() || !target.isDirectory() ? target.asDirectory() : target.asFile();
        Optional<Entry> there = now.bucket(target.bucket()).isPresent() ? now.find(target) : Optional.empty();
        if (!twin.isRoot() && now.bucket(target.bucket()).isPresent()) {
            now.find(twin).ifPresent(other -> comparison.add(Kind.REMOVED, twin, other.size()));
        }
        if (from.isDirectory()) {
            if (there.isEmpty()) {
                comparison.add(Kind.CREATED, target, 0);
            }
            comparison.directories(
                    target, from.directory(), there.map(Entry::directory).orElse(NO_DIRECTORY));
        } else {
            comparison.file(target, from.content(), there);
        }
        return comparison.plan();
    }

    private static final long NO_DIRECTORY = NameKeys.NOWHERE;

    /** A walk through both trees at once. */
    private static final class Comparison {
        private final PastTree past;
        private final Tree now;
        private final int listedMax;
        private final List<PlannedChange> changes = new ArrayList<>();
        private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
        private long unchanged;
        private long bytes;

        Comparison(PastTree past, Tree now, int listedMax) {
            this.past = past;
            this.now = now;
            this.listedMax = listedMax;
        }

        RestorePlan plan() {
            return new RestorePlan(
                    count(Kind.CREATED),
                    count(Kind.REPLACED),
                    count(Kind.REMOVED),
                    unchanged,
                    bytes,
                    List.copyOf(changes));
        }

        private long count(Kind kind) {
            return counts.getOrDefault(kind, 0L);
        }

        void add(Kind kind, EntryPath path, long length) {
            counts.merge(kind, 1L, Long::sum);
            bytes += kind == Kind.REMOVED ? 0 : length;
            if (changes.size() < listedMax) {
                changes.add(new PlannedChange(kind, path, length));
            }
        }

        void file(EntryPath path, Content then, Optional<Entry> there) {
            if (there.isEmpty()) {
                add(Kind.CREATED, path, then.length());
            } else if (there.get().content().equals(then)) {
                unchanged++;
            } else {
                add(Kind.REPLACED, path, then.length());
            }
        }

        /** Compares what two directories hold; either may be {@link #NO_DIRECTORY}. */
        void directories(EntryPath path, long then, long present) throws IOException {
            Iterator<Entry> wanted = stream(past, path, then);
            Iterator<Entry> found = stream(now, path, present);
            Entry want = next(wanted);
            Entry have = next(found);
            while (want != null || have != null) {
                int order = order(want, have);
                if (order <= 0 && want != null) {
                    Optional<Entry> match = order == 0 ? Optional.ofNullable(have) : Optional.empty();
                    wanted(want, match);
                } else if (have != null) {
                    add(Kind.REMOVED, have.path(), have.size());
                    if (have.isDirectory()) {
                        directories(have.path(), NO_DIRECTORY, have.directory());
                    }
                }
                want = order <= 0 ? next(wanted) : want;
                have = order >= 0 ? next(found) : have;
            }
        }

        private void wanted(Entry want, Optional<Entry> have) throws IOException {
            if (!want.isDirectory()) {
                file(want.path(), want.content(), have);
                return;
            }
            if (have.isEmpty()) {
                add(Kind.CREATED, want.path(), want.size());
            }
            directories(
                    want.path(), want.directory(), have.map(Entry::directory).orElse(NO_DIRECTORY));
        }

        private static Iterator<Entry> stream(Tree tree, EntryPath path, long directory) {
            return directory == NO_DIRECTORY
                    ? List.<Entry>of().iterator()
                    : new DirectoryStream(tree, path, directory, "");
        }

        private static @Nullable Entry next(Iterator<Entry> entries) {
            return entries.hasNext() ? entries.next() : null;
        }

        /** By stored names, as directories are ordered; what is missing comes last. */
        private static int order(@Nullable Entry one, @Nullable Entry other) {
            if (one == null || other == null) {
                return one == null ? 1 : -1;
            }
            return Arrays.compareUnsigned(NameKeys.name(one.path()), NameKeys.name(other.path()));
        }
    }
}
