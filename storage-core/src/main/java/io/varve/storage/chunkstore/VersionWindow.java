package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A stretch of a version beside the version before it: which chunks both have, and for each of the others the one that stood at its place,
 * counted from the last chunk both have. Pages that both have are passed over unread, so going through a version costs what it changed.
 *
 * @param leaves the chunks, in their order, without those of common pages
 * @param pages the pages that begin here and are not common, each beside the one that stood at its place
 * @param end where the stretch ends in the content
 * @param shift how much later a common chunk stood in the version before, in bytes; to begin the next stretch with
 */
record VersionWindow(List<Leaf> leaves, List<PageChange> pages, long end, long shift) {
    private static final int LEAVES_MAX = 128;
    private static final long BYTES_MAX = 8L << 20;

    /** How far around the same place the version before is looked at: some hundred chunks on either side. */
    private static final long SLACK_BYTES = 32L << 20;

    private static final int OLD_LEAVES_MAX = 4096;

    /** More pages of the version before are not remembered; then some that both have are read. */
    private static final int PAGES_MAX = 1 << 17;

    /**
     * A chunk of a version.
     *
     * @param position where it begins in the content
     * @param common whether the version before has it, near there
     * @param aligned what stood at its place; empty for a common one, and where there was nothing
     */
    record Leaf(Fingerprint chunk, int length, long position, boolean common, Optional<Fingerprint> aligned) {
        long end() {
            return position + length;
        }
    }

    /** A manifest page of a version, and what it mostly repeats. */
    record PageChange(Fingerprint page, Fingerprint before) {}

    /** A page that a walk went into: where its content begins, and how many pages lie above it. */
    private record Entered(Fingerprint page, long position, long length, int depth) {
        boolean covers(long place) {
            return place >= position && place < position + length;
        }
    }

    /**
     * Reads the stretch that begins where the version was left.
     *
     * @param pageBytesSure a page with more content than this lists pages
     * @param shift of the stretch before; 0 for the first
     * @throws CorruptionException if the version is gone
     */
    static VersionWindow of(ChunkReader reader, WaitingVersion version, long pageBytesSure, long shift)
            throws IOException {
        Set<Fingerprint> pages = new HashSet<>();
        collectPages(reader, version.previous().children(), pageBytesSure, pages);
        Walk walk = new Walk(reader, version.content(), pages, version.position());
        List<ManifestChild> children = new ArrayList<>();
        List<Long> positions = new ArrayList<>();
        long bytes = 0;
        while (children.size() < LEAVES_MAX && bytes < BYTES_MAX && walk.advance()) {
            positions.add(walk.position);
            ManifestChild child = walk.take();
            children.add(child);
            bytes += child.length();
        }
        List<Entered> pagesHere = walk.entered.stream()
                .filter(page -> page.position >= version.position())
                .toList();
        Old old = positions.isEmpty()
                ? new Old(List.of(), List.of(), List.of())
                : Old.of(reader, version.previous(), positions.getFirst() + shift, walk.position + shift);
        List<Leaf> leaves = new ArrayList<>();
        List<PageChange> changes = new ArrayList<>();
        long shiftAfter = align(children, positions, old, shift, leaves);
        for (Entered page : pagesHere) {
            // Chunks and pages before this place were shifted alike.
            old.pageAt(page.position + page.length / 2 + (shift + shiftAfter) / 2, page.depth)
                    .filter(before -> !before.page.equals(page.page))
                    .ifPresent(before -> changes.add(new PageChange(page.page, before.page)));
        }
        return new VersionWindow(
                leaves,
                changes,
                walk.advance() ? walk.position : version.content().length(),
                shiftAfter);
    }

    private static void collectPages(
            ChunkReader reader, List<ManifestChild> children, long pageBytesSure, Set<Fingerprint> pages)
            throws IOException {
        for (ManifestChild child : children) {
            if (child.page() && pages.size() < PAGES_MAX && pages.add(child.fingerprint())) {
                if (child.length() > pageBytesSure) {
                    try {
                        collectPages(reader, children(reader, child), pageBytesSure, pages);
                    } catch (CorruptionException e) {
                        // The version before is gone, so both have fewer pages in common than they had.
                        return;
                    }
                }
            }
        }
    }

    private static List<ManifestChild> children(ChunkReader reader, ManifestChild page) throws IOException {
        return ManifestPage.decode(ByteBuffer.wrap(reader.read(page.fingerprint())), ManifestPage.CHILDREN_MAX);
    }

    /** Puts chunks beside those of the version before; returns how the last ones were shifted. */
    private static long align(
            List<ManifestChild> children, List<Long> positions, Old old, long shiftBefore, List<Leaf> leaves) {
        Map<Fingerprint, Integer> places = new HashMap<>();
        for (int i = 0; i < old.chunks.size(); i++) {
            places.putIfAbsent(old.chunks.get(i), i);
        }
        long shift = shiftBefore;
        int last = -1;
        for (int i = 0; i < children.size(); i++) {
            ManifestChild child = children.get(i);
            long position = positions.get(i);
            int place = places.getOrDefault(child.fingerprint(), -1);
            Optional<Fingerprint> aligned = Optional.empty();
            if (place > last) {
                last = place;
                shift = old.starts[place] - position;
            } else if (place < 0) {
                int at = Math.max(old.at(position + child.length() / 2 + shift), last + 1);
                aligned = at < old.chunks.size() ? Optional.of(old.chunks.get(at)) : Optional.empty();
            }
            leaves.add(new Leaf(child.fingerprint(), (int) child.length(), position, place >= 0, aligned));
        }
        return shift;
    }

    /** A stretch of the version before: its chunks, and where each begins. */
    private static final class Old {
        final List<Fingerprint> chunks;
        final long[] starts;
        private final List<Entered> pages;

        Old(List<Fingerprint> chunks, List<Long> starts, List<Entered> pages) {
            this.chunks = chunks;
            this.pages = pages;
            this.starts = starts.stream().mapToLong(Long::longValue).toArray();
        }

        static Old of(ChunkReader reader, Content content, long from, long to) throws IOException {
            List<Fingerprint> chunks = new ArrayList<>();
            List<Long> starts = new ArrayList<>();
            long begin = Math.clamp(from - SLACK_BYTES, 0, content.length());
            Walk walk = new Walk(reader, content, Set.of(), begin);
            try {
                while (walk.position < to + SLACK_BYTES && chunks.size() < OLD_LEAVES_MAX && walk.advance()) {
                    starts.add(walk.position);
                    chunks.add(walk.take().fingerprint());
                }
            } catch (CorruptionException e) {
                // The version before is gone, or some of it; what was found of it may still be there.
                return new Old(chunks, starts, walk.entered);
            }
            return new Old(chunks, starts, walk.entered);
        }

        /** The chunk that has a place, or the last before it. */
        int at(long position) {
            int found = Arrays.binarySearch(starts, position);
            return found < 0 ? -found - 2 : found;
        }

        Optional<Entered> pageAt(long position, int depth) {
            return pages.stream()
                    .filter(page -> page.depth == depth && page.covers(position))
                    .findFirst();
        }
    }

    /** Goes through a content's leaves from a place on, passing over some pages. */
    private static final class Walk {
        private static final int DEPTH_MAX = 12;

        private final ChunkReader reader;
        private final Set<Fingerprint> passedOver;
        private final Deque<Deque<ManifestChild>> path = new ArrayDeque<>();
        private final List<Entered> entered = new ArrayList<>();
        private final long from;
        private long position;

        Walk(ChunkReader reader, Content content, Set<Fingerprint> passedOver, long from) {
            this.reader = reader;
            this.passedOver = passedOver;
            this.from = from;
            path.push(new ArrayDeque<>(content.children()));
        }

        boolean advance() throws IOException {
            while (!path.isEmpty()) {
                ManifestChild child = path.element().peek();
                if (child == null) {
                    path.pop();
                } else if (position + child.length() <= from
                        || (child.page() && passedOver.contains(child.fingerprint()))) {
                    path.element().remove();
                    position += child.length();
                } else if (child.page()) {
                    path.element().remove();
                    if (path.size() > DEPTH_MAX) {
                        throw new CorruptionException("A manifest is deeper than " + DEPTH_MAX + " pages.");
                    }
                    entered.add(new Entered(child.fingerprint(), position, child.length(), path.size()));
                    path.push(new ArrayDeque<>(children(reader, child)));
                } else {
                    return true;
                }
            }
            return false;
        }

        ManifestChild take() {
            ManifestChild child = path.element().remove();
            position += child.length();
            return child;
        }
    }
}
