package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Lock;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.Depth;
import io.varve.webdav.wire.PropFindBody;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * PROPFIND: properties of an entry, its members, or all under it. The answer is written while the index is
 * scanned, so a folder of a million entries takes no more memory than one of ten.
 */
final class PropFindVerb implements Verb<Exchange, Target> {

    private static final String FINITE_DEPTH = "propfind-finite-depth";

    private final Share share;

    PropFindVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("PROPFIND");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        if (target instanceof Target.Missing || target instanceof Target.NoBucket) {
            throw GetVerb.notFound(target);
        }
        if (target instanceof Target.Virtual virtual) {
            past(exchange, virtual);
            return;
        }
        target.entry()
                .ifPresent(entry -> share.require(
                        exchange.principal(), entry.isDirectory() ? Action.LIST : Action.READ, entry.path()));
        Depth depth = exchange.depth(Depth.INFINITY);
        PropFindBody body = exchange.readXml(share.settings().xmlBytesMax(), PropFindBody::read)
                .orElseGet(() -> new PropFindBody.All(Set.of()));
        new Conditions(exchange, share, target).requireIf();
        boolean members = depth != Depth.ZERO && !(target instanceof Target.File);
        if (members && depth == Depth.INFINITY) {
            requireFewEntries(exchange, target);
        }
        XmlOutput out = exchange.answerXml(207).markup(MultiStatus.BEGIN).markup("\n");
        PropertyAnswers answers = new PropertyAnswers(share, exchange, out, body);
        answers.write(node(exchange, target));
        if (members) {
            writeMembers(exchange, target, depth, body, answers);
        }
        out.markup(MultiStatus.END).flush();
    }

    private void past(Exchange exchange, Target.Virtual target) throws IOException {
        Place place = target.at();
        if (place instanceof Place.Nothing nothing) {
            throw new Refused(404, nothing.why());
        }
        share.requirePast(exchange.principal(), place);
        Depth depth = exchange.depth(Depth.INFINITY);
        PropFindBody body = exchange.readXml(share.settings().xmlBytesMax(), PropFindBody::read)
                .orElseGet(() -> new PropFindBody.All(Set.of()));
        new Conditions(exchange, share, target).requireIf();
        long left = share.settings().listedEntriesMax();
        if (depth == Depth.INFINITY && new PlaceWalk(share, exchange.principal(), place, true).isLongerThan(left)) {
            throw tooMany(exchange);
        }
        XmlOutput out = exchange.answerXml(207).markup(MultiStatus.BEGIN).markup("\n");
        PropertyAnswers answers = new PropertyAnswers(share, exchange, out, body);
        answers.write(place.node(exchange));
        if (depth != Depth.ZERO && place.folder()) {
            PlaceWalk walk = new PlaceWalk(share, exchange.principal(), place, depth == Depth.INFINITY);
            for (Optional<Place> next = walk.next(); next.isPresent(); next = walk.next()) {
                answers.write(next.get().node(exchange));
            }
        }
        out.markup(MultiStatus.END).flush();
    }

    private Node node(Exchange exchange, Target target) {
        return target.entry()
                .map(entry -> Node.of(exchange, entry, () -> share.locks(target)))
                .orElseGet(() -> Node.root(exchange));
    }

    private void writeMembers(Exchange exchange, Target target, Depth depth, PropFindBody body, PropertyAnswers answers)
            throws IOException {
        boolean deep = depth == Depth.INFINITY;
        long left = deep ? share.settings().listedEntriesMax() : Long.MAX_VALUE;
        LocksBelow locks = PropertyAnswers.asksForLocks(body) ? locksBelow(target) : LocksBelow.NONE;
        try (FolderWalk walk = new FolderWalk(share, exchange.principal(), target, deep)) {
            for (Optional<Entry> next = walk.next(); next.isPresent(); next = walk.next()) {
                if (--left < 0) {
                    // Counted before, so it grew meanwhile: the answer has begun and must not look whole.
                    throw tooMany(exchange);
                }
                Entry entry = next.get();
                answers.write(Node.of(exchange, entry, locks.of(entry, share)));
            }
        } catch (FolderWalk.TooDeep e) {
            throw tooMany(exchange);
        }
    }

    /** Counts first, because once the answer has begun it cannot be refused any more. */
    private void requireFewEntries(Exchange exchange, Target target) {
        long left = share.settings().listedEntriesMax();
        if (target instanceof Target.Folder folder
                && share.namespace().usage(folder.at().path()).files() > left) {
            throw tooMany(exchange);
        }
        try (FolderWalk walk = new FolderWalk(share, exchange.principal(), target, true)) {
            while (walk.next().isPresent()) {
                if (--left < 0) {
                    throw tooMany(exchange);
                }
            }
        } catch (FolderWalk.TooDeep e) {
            throw tooMany(exchange);
        }
    }

    private Refused tooMany(Exchange exchange) {
        return new Refused(Refusal.of(
                403,
                "There is too much below '" + exchange.request().getRequestURI() + "' to list at once (more than "
                        + share.settings().listedEntriesMax() + " entries): ask with Depth 1, folder by folder.",
                FINITE_DEPTH));
    }

    /** What is known of locks below a folder before it is listed: mostly that there are none. */
    private record LocksBelow(boolean any, List<Lock> inherited) {

        static final LocksBelow NONE = new LocksBelow(false, List.of());

        Supplier<List<Lock>> of(Entry entry, Share share) {
            return any ? () -> share.namespace().locks(entry.path()) : () -> inherited;
        }
    }

    private LocksBelow locksBelow(Target target) {
        if (target instanceof Target.Folder folder) {
            EntryPath path = folder.at().path();
            return new LocksBelow(
                    !share.namespace().lockTokensUnder(path).isEmpty(),
                    share.namespace().locks(path).stream()
                            .filter(Lock::infinite)
                            .toList());
        }
        return new LocksBelow(true, List.of());
    }
}
