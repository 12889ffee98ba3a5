package io.varve.storage.namespace;

import io.varve.storage.metadata.MetadataView;
import io.varve.storage.namespace.PastRow.Cause;
import io.varve.storage.namespace.Version.Fate;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lists the versions of a path. */
final class Versions {
    private Versions() {}

    /** Versions of a path that came before a commit, newest first. */
    static List<Version> list(MetadataView view, EntryPath path, long before, int limit) throws IOException {
        List<Version> versions = new ArrayList<>();
        Lives lives = Lives.of(view, path, before);
        long newer = RetentionPolicy.NEVER;
        while (versions.size() < limit) {
            Optional<Lives.Stay> next = lives.next();
            if (next.isEmpty()) {
                break;
            }
            Lives.Stay stay = next.get();
            // A row that began and ended with the same commit was never seen.
            if (stay.from() < stay.to()) {
                boolean replaced =
                        versions.isEmpty() ? !stay.isOpen() && isThere(view, path, stay.to()) : stay.to() == newer;
                versions.add(version(stay, path, replaced));
                newer = stay.from();
            }
        }
        return versions;
    }

    private static boolean isThere(MetadataView view, EntryPath path, long moment) throws IOException {
        PastTree then = new PastTree(view, moment);
        return then.bucket(path.bucket()).isPresent() && then.find(path).isPresent();
    }

    private static Version version(Lives.Stay stay, EntryPath path, boolean replaced) {
        Optional<Instant> to = stay.isOpen() ? Optional.empty() : Optional.of(EntryRow.instant(stay.to()));
        return new Version(stay.row().at(path), EntryRow.instant(stay.from()), to, fate(stay, replaced));
    }

    private static Fate fate(Lives.Stay stay, boolean replaced) {
        if (stay.isOpen()) {
            return Fate.CURRENT;
        }
        if (replaced) {
            return Fate.REPLACED;
        }
        return stay.cause() == Cause.MOVED || stay.cause() == Cause.KEPT_MOVED ? Fate.MOVED : Fate.DELETED;
    }
}
