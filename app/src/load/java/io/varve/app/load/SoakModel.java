package io.varve.app.load;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one client's files must be: that which was answered, and for a change that nobody was answered, that or what was before, in all of its
 * files alike. Also what they were at some moments. Names begin with their bucket. One thread.
 */
final class SoakModel {
    /** Moments that are remembered. */
    private static final int MOMENTS_MAX = 24;

    /** Bits of {@link #judge}: what was found fits to the state before a change, or to that after it. */
    private static final int AS_BEFORE = 1;

    private static final int AS_AFTER = 2;

    private final TreeMap<String, SeededContent> files = new TreeMap<>();
    private final List<Change> open = new ArrayList<>();
    private final Map<String, Instant> held = new HashMap<>();
    private final Deque<Moment> moments = new ArrayDeque<>();

    /**
     * A change of some files at once.
     *
     * @param before what they were
     * @param after what they will be
     * @param begun when it was asked for
     */
    record Change(
            Map<String, Optional<SeededContent>> before, Map<String, Optional<SeededContent>> after, Instant begun) {}

    /** All files at a moment. */
    record Moment(Instant at, Map<String, SeededContent> files) {
        Optional<SeededContent> file(String name) {
            return Optional.ofNullable(files.get(name));
        }
    }

    /** What is there under a name, said by who has looked. */
    @FunctionalInterface
    interface Observation {
        /** Which of some states a file is in: the numbers of those that fit. */
        Set<Integer> fitting(String name, List<Optional<SeededContent>> states);
    }

    /** What a name holds, as far as answers say. */
    Optional<SeededContent> file(String name) {
        return Optional.ofNullable(files.get(name));
    }

    /** All files whose names begin so. */
    Map<String, SeededContent> below(String prefix) {
        return Collections.unmodifiableMap(files.subMap(prefix, true, prefix + Character.MAX_VALUE, false));
    }

    /** The sum of the lengths of all files whose names begin so. */
    long bytesBelow(String prefix) {
        return below(prefix).values().stream().mapToLong(SeededContent::size).sum();
    }

    /** Whether a name may be changed: what it holds is known, and nobody holds it. */
    boolean isFree(String name) {
        Instant until = held.get(name);
        return (until == null || Instant.now().isAfter(until))
                && open.stream().noneMatch(change -> change.after().containsKey(name));
    }

    /** Whether that is so of all names that begin so, also of those that hold nothing. */
    boolean isFreeBelow(String prefix) {
        return open.stream()
                        .flatMap(change -> change.after().keySet().stream())
                        .noneMatch(name -> name.startsWith(prefix))
                && held.entrySet().stream()
                        .noneMatch(each -> each.getKey().startsWith(prefix)
                                && !Instant.now().isAfter(each.getValue()));
    }

    /** States that a name may be in. */
    List<Optional<SeededContent>> states(String name) {
        for (Change change : open) {
            Optional<SeededContent> after = change.after().get(name);
            if (after != null) {
                return List.of(file(name), after);
            }
        }
        return List.of(file(name));
    }

    /** Nobody is to change a name until a moment. */
    void hold(String name, Instant until) {
        held.put(name, until);
    }

    void release(String name) {
        held.remove(name);
    }

    /** A change that is asked for now. Each of its names is free. */
    Change begin(Map<String, Optional<SeededContent>> after) {
        Map<String, Optional<SeededContent>> before = new TreeMap<>();
        after.keySet().forEach(name -> before.put(name, file(name)));
        return new Change(before, new TreeMap<>(after), Instant.now());
    }

    /** It was answered: it has happened. */
    void done(Change change) {
        change.after().forEach((name, content) -> {
            if (content.isPresent()) {
                files.put(name, content.get());
            } else {
                files.remove(name);
            }
        });
    }

    /** Nobody can say whether it has happened. */
    void unknown(Change change) {
        open.add(change);
    }

    /** Changes of which nobody can say whether they have happened, and that were asked for before a moment. */
    List<Change> open(Instant before) {
        return open.stream().filter(change -> change.begun().isBefore(before)).toList();
    }

    /**
     * Looks whether a change has happened, and takes it over.
     *
     * @return empty if it has or has not, in all of its files alike; else what is wrong
     */
    Optional<String> judge(Change change, Observation seen) {
        int fits = AS_BEFORE | AS_AFTER;
        Map<String, Set<Integer>> found = new TreeMap<>();
        for (String name : change.after().keySet()) {
            List<Optional<SeededContent>> states = List.of(
                    change.before().getOrDefault(name, Optional.empty()),
                    change.after().getOrDefault(name, Optional.empty()));
            Set<Integer> fitting = seen.fitting(name, states);
            found.put(name, fitting);
            fits &= (fitting.contains(0) ? AS_BEFORE : 0) | (fitting.contains(1) ? AS_AFTER : 0);
        }
        if (fits == 0) {
            return Optional.of("Neither as before a change (0) nor as after it (1), in all files alike: " + found
                    + "; before " + change.before() + ", after " + change.after());
        }
        open.remove(change);
        if ((fits & AS_BEFORE) == 0) {
            done(change);
        }
        return Optional.empty();
    }

    /** Remembers this moment, if everything is known. */
    void remember(Instant now) {
        if (open.isEmpty()) {
            moments.addLast(new Moment(now, Map.copyOf(files)));
            if (moments.size() > MOMENTS_MAX) {
                moments.removeFirst();
            }
        }
    }

    /** History is to be dropped: nobody can rely on a moment. */
    void forgetMoments() {
        moments.clear();
    }

    /** Moments since another one, the oldest first. */
    List<Moment> moments(Instant since) {
        return moments.stream().filter(moment -> moment.at().isAfter(since)).toList();
    }

    /** Names that changes are open of. */
    Set<String> openNames() {
        Set<String> names = new HashSet<>();
        open.forEach(change -> names.addAll(change.after().keySet()));
        return names;
    }
}
