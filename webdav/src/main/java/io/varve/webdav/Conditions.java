package io.varve.webdav;

import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Lock;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.StorageException;
import io.varve.webdav.wire.DavPath;
import io.varve.webdav.wire.EntityTagList;
import io.varve.webdav.wire.HttpDate;
import io.varve.webdav.wire.IfHeader;
import io.varve.webdav.wire.IfHeader.ResourceState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The conditions a request puts on itself: {@code If} (RFC 4918 section 10.4) and the conditional headers of
 * HTTP, in the order of RFC 9110 section 13.2.2.
 *
 * <p>They are checked before the body is read and, for a change, once more within its commit against the
 * entry that is there then. What {@code If} says of locks and of other resources is looked up once, before:
 * a commit may not ask the store.
 */
final class Conditions {

    /** What the conditions say. */
    enum Verdict {
        PROCEED,
        NOT_MODIFIED,
        FAILED
    }

    /** What the conditions are about: the entry now. */
    private record Current(boolean exists, Optional<String> etag, Optional<Instant> modified) {

        static Current of(Optional<Entry> entry) {
            return new Current(entry.isPresent(), etagOf(entry), entry.map(Entry::modified));
        }
    }

    private final Optional<EntityTagList> ifMatch;
    private final Optional<EntityTagList> ifNoneMatch;
    private final Optional<Instant> ifUnmodifiedSince;
    private final Optional<Instant> ifModifiedSince;
    private final Optional<IfHeader> ifHeader;
    private final Map<Optional<String>, ResourceState> others = new HashMap<>();
    private final Map<Optional<String>, Set<String>> ownTokens = new HashMap<>();
    private final Optional<Entry> entry;
    private final boolean reads;

    /** The conditions of a request on what its address stands for. */
    Conditions(Exchange exchange, Share share, Target target) {
        ifMatch = exchange.listHeader("If-Match").map(EntityTagList::parse);
        ifNoneMatch = exchange.listHeader("If-None-Match").map(EntityTagList::parse);
        ifUnmodifiedSince = exchange.header("If-Unmodified-Since").flatMap(HttpDate::parse);
        ifModifiedSince = exchange.header("If-Modified-Since").flatMap(HttpDate::parse);
        ifHeader = exchange.ifHeader();
        entry = target.entry();
        reads = exchange.method().equals("GET") || exchange.method().equals("HEAD");
        ifHeader.ifPresent(header -> header.lists().stream()
                .map(IfHeader.StateList::resource)
                .distinct()
                .forEach(resource -> lookUp(resource, exchange, share, target)));
    }

    private void lookUp(Optional<String> resource, Exchange exchange, Share share, Target target) {
        Optional<DavPath> path = resource.isEmpty() ? Optional.of(target.path()) : exchange.named(resource.get());
        if (path.isPresent() && isSame(path.get(), target.path())) {
            ownTokens.put(resource, tokens(share, target));
        } else if (path.isPresent()) {
            Target other = share.find(path.get());
            others.put(resource, new ResourceState(etagOf(other.entry()), tokens(share, other)));
        }
    }

    private static Set<String> tokens(Share share, Target target) {
        return share.locks(target).stream().map(Lock::token).collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isSame(DavPath one, DavPath other) {
        return one.segments().equals(other.segments());
    }

    /** Folders have no tag: what they hold changes without them. */
    private static Optional<String> etagOf(Optional<Entry> entry) {
        return entry.filter(e -> !e.isDirectory()).map(e -> e.etag().value());
    }

    /** Whether a GET or HEAD is to be answered. */
    Verdict verdict() {
        return verdict(Current.of(entry));
    }

    /**
     * Insists that all conditions hold now.
     *
     * @throws Refused 412 if one does not
     */
    void require() {
        if (verdict() != Verdict.PROCEED) {
            throw new Refused(412, failure(entry.map(Entry::path)));
        }
    }

    /**
     * Insists that the {@code If} header holds, for methods that HTTP's own conditions do not apply to.
     *
     * @throws Refused 412 if it does not
     */
    void requireIf() {
        if (!ifHolds(Current.of(entry))) {
            throw new Refused(412, failure(entry.map(Entry::path)));
        }
    }

    /** The same conditions, for the commit to check against what is there then. */
    Precondition atCommit() {
        if (ifMatch.isEmpty() && ifNoneMatch.isEmpty() && ifUnmodifiedSince.isEmpty() && ifHeader.isEmpty()) {
            return Precondition.NONE;
        }
        return current -> {
            if (verdict(Current.of(current)) != Verdict.PROCEED) {
                throw new StorageException.PreconditionFailed(failure(current.map(Entry::path)));
            }
        };
    }

    private Verdict verdict(Current current) {
        if (!ifHolds(current)) {
            return Verdict.FAILED;
        }
        if (ifMatch.isPresent()) {
            if (!ifMatch.get().matchesStrongly(current.exists(), current.etag())) {
                return Verdict.FAILED;
            }
        } else if (ifUnmodifiedSince.isPresent() && isAfter(current, ifUnmodifiedSince.get())) {
            return Verdict.FAILED;
        }
        if (ifNoneMatch.isPresent()) {
            if (ifNoneMatch.get().matchesWeakly(current.exists(), current.etag())) {
                return reads ? Verdict.NOT_MODIFIED : Verdict.FAILED;
            }
        } else if (reads
                && ifModifiedSince.isPresent()
                && current.modified().isPresent()
                && !isAfter(current, ifModifiedSince.get())) {
            return Verdict.NOT_MODIFIED;
        }
        return Verdict.PROCEED;
    }

    private boolean ifHolds(Current current) {
        return ifHeader.isEmpty()
                || ifHeader.get().holds(resource -> {
                    Set<String> own = ownTokens.get(resource);
                    return own == null
                            ? others.getOrDefault(resource, ResourceState.UNKNOWN)
                            : new ResourceState(current.etag(), own);
                });
    }

    private static boolean isAfter(Current current, Instant date) {
        return current.modified()
                .map(modified -> modified.truncatedTo(ChronoUnit.SECONDS).isAfter(date))
                .orElse(false);
    }

    private static String failure(Optional<EntryPath> path) {
        return "A condition of the request does not hold"
                + path.map(at -> " for '" + at + "'").orElse("")
                + ": it was changed, locked or unlocked in the meantime. Look at it again and repeat.";
    }
}
