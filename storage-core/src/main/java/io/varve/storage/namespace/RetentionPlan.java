package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a rule would keep of a bucket's history, and what would go, if expiry ran now.
 *
 * @param policy the rule
 * @param keptVersions versions it keeps
 * @param keptBytes the sum of their lengths
 * @param endedVersions versions that would go
 * @param endedBytes the sum of their lengths, which is not what the disk gets back: versions share chunks
 * @param endings the first ones that would go
 */
public record RetentionPlan(
        RetentionPolicy policy,
        long keptVersions,
        long keptBytes,
        long endedVersions,
        long endedBytes,
        List<PlannedEnd> endings) {

    /**
     * A version that would go.
     *
     * @param path where it was
     * @param from when it came
     * @param to when it ceased to be current
     * @param bytes its length
     * @param why which rules do not keep it, in words
     */
    public record PlannedEnd(EntryPath path, Instant from, Instant to, long bytes, String why) {}

    /** @param roots the bucket's roots, each with the commit that replaced all it held; NEVER if none did */
    static RetentionPlan of(
            MetadataView view, Map<Long, Long> roots, String bucket, RetentionPolicy policy, long now, int listedMax)
            throws IOException {
        Walk walk = new Walk(view, policy, now, listedMax);
        for (Map.Entry<Long, Long> root : roots.entrySet()) {
            walk.directory(root.getKey(), EntryPath.root(bucket), root.getValue());
        }
        return walk.plan();
    }

    /** A walk over all that hangs on the bucket's roots, current and former. */
    private static final class Walk {
        private final MetadataView view;
        private final RetentionPolicy policy;
        private final long now;
        private final int listedMax;
        private final List<PlannedEnd> endings = new ArrayList<>();
        private long keptVersions;
        private long keptBytes;
        private long endedVersions;
        private long endedBytes;

        Walk(MetadataView view, RetentionPolicy policy, long now, int listedMax) {
            this.view = view;
            this.policy = policy;
            this.now = now;
            this.listedMax = listedMax;
        }

        RetentionPlan plan() {
            return new RetentionPlan(policy, keptVersions, keptBytes, endedVersions, endedBytes, List.copyOf(endings));
        }

        /** @param end when the directory went with all it held; {@link RetentionPolicy#NEVER} if it is there */
        void directory(long directory, EntryPath path, long end) throws IOException {
            Set<Long> walked = new HashSet<>();
            String after = "";
            List<Tree.Child> children;
            do {
                children = new Tree(view).children(directory, after, 256);
                for (Tree.Child child : children) {
                    after = child.name();
                    EntryPath at = path.child(child.name());
                    if (end != RetentionPolicy.NEVER) {
                        version(at, child.row(), end, 0);
                    }
                    if (child.row().isDirectory() && walked.add(child.row().directory())) {
                        directory(child.row().directory(), at, end);
                    }
                }
            } while (children.size() == 256);
            history(directory, path, end, walked);
        }

        private void history(long directory, EntryPath path, long end, Set<Long> walked) throws IOException {
            byte[] name = new byte[0];
            int rank = 0;
            try (Cursor cursor = view.scanPrefix(Family.PAST, NameKeys.directory(directory))) {
                while (cursor.next()) {
                    byte[] prefix = NameKeys.pastPrefixOf(cursor.key());
                    EntryPath at = path.child(NameKeys.pastNameOf(cursor.key()));
                    if (!Arrays.equals(prefix, name)) {
                        name = prefix;
                        // The last version of a file in a deleted folder still stands among the current rows.
                        rank = end != RetentionPolicy.NEVER && isCurrent(directory, at) ? 1 : 0;
                    }
                    PastRow past = PastRow.decode(cursor.value());
                    if (past.isKept()) {
                        keptVersions++;
                        keptBytes += past.row().content().length();
                    } else {
                        version(at, past.row(), past.end(), rank++);
                    }
                    boolean holds = past.row().isDirectory() && past.cause() != PastRow.Cause.MOVED;
                    if (holds && walked.add(past.row().directory())) {
                        long ended = past.isDetachedDirectory() ? past.end() : end;
                        directory(past.row().directory(), at, ended);
                    }
                }
            }
        }

        private boolean isCurrent(long directory, EntryPath at) throws IOException {
            return view.get(Family.NOW, NameKeys.now(directory, NameKeys.name(at))) != null;
        }

        private void version(EntryPath path, EntryRow row, long end, int rank) {
            if (!TreeEdit.isCounted(row)) {
                return;
            }
            long bytes = row.content().length();
            boolean kept = policy.forever()
                    || policy.keptUntil(row.sequence(), end) > now
                    || (policy.isCounting() && !row.isDirectory() && rank < policy.last());
            if (kept) {
                keptVersions++;
                keptBytes += bytes;
                return;
            }
            endedVersions++;
            endedBytes += bytes;
            if (endings.size() < listedMax) {
                endings.add(
                        new PlannedEnd(path, EntryRow.instant(row.sequence()), EntryRow.instant(end), bytes, why()));
            }
        }

        private String why() {
            if (policy.isNone()) {
                return "no history is kept";
            }
            List<String> reasons = new ArrayList<>();
            if (!policy.age().isZero()) {
                reasons.add("not current for " + RetentionPolicy.of(policy.age()) + " or more");
            }
            if (policy.isCounting()) {
                reasons.add("not among the last " + policy.last() + " of its name");
            }
            if (policy.isThinning()) {
                reasons.add("at no kept moment");
            }
            return String.join(", ", reasons);
        }
    }
}
