package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.StorageException;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.Depth;
import io.varve.webdav.wire.PropFindBody;
import io.varve.webdav.wire.ReportBody;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * REPORT: the versions of a file (RFC 3253 section 3.7), properties of resources that properties name (section 3.8), and what changed
 * in a folder (RFC 6578). VERSION-CONTROL is here, too: every file
 * has its versions kept without it, so it has nothing to do (RFC 3253 section 3.5).
 */
final class ReportVerb implements Verb<Exchange, Target> {
    private static final String UNSUPPORTED = "supported-report";

    private final Share share;

    ReportVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("REPORT", "VERSION-CONTROL");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        if (exchange.method().equals("VERSION-CONTROL")) {
            // cadaver takes every name for a folder's here.
            versionControl(
                    exchange,
                    target instanceof Target.Missing ? share.find(target.path().asFile()) : target);
            return;
        }
        if (target instanceof Target.Missing || target instanceof Target.NoBucket) {
            throw GetVerb.notFound(target);
        }
        ReportBody body = exchange.readXml(share.settings().xmlBytesMax(), ReportBody::read)
                .orElseThrow(() -> new Refused(400, "REPORT needs XML that says which one."));
        new Conditions(exchange, share, target).requireIf();
        switch (body) {
            case ReportBody.VersionTree tree -> versionTree(exchange, file(target), tree.properties());
            case ReportBody.Sync sync -> {
                if (!(target instanceof Target.Folder folder)) {
                    throw unsupported("Changes are told of folders and buckets.");
                }
                try {
                    sync(exchange, folder.at().path(), sync);
                } catch (FolderWalk.TooDeep e) {
                    throw new Refused(403, String.valueOf(e.getMessage()), e);
                }
            }
            case ReportBody.Expand expand -> expand(exchange, target, expand);
            case ReportBody.Other other ->
                throw unsupported("There is no report '" + other.name().local() + "' here.");
        }
    }

    private static Refused unsupported(String message) {
        return new Refused(Refusal.of(403, message, UNSUPPORTED));
    }

    private void versionControl(Exchange exchange, Target target) {
        if (target instanceof Target.Missing || target instanceof Target.NoBucket) {
            throw GetVerb.notFound(target);
        }
        if (!(target instanceof Target.File file)) {
            throw Allowed.refuse(exchange, target, "Only files have versions.");
        }
        share.require(exchange.principal(), Action.WRITE, file.at().path());
        exchange.response().setHeader("Cache-Control", "no-cache");
        exchange.answer(200);
    }

    private static EntryPath file(Target target) {
        if (target instanceof Target.File file) {
            return file.at().path();
        }
        if (target instanceof Target.Virtual virtual && virtual.at() instanceof Place.VersionFile version) {
            return version.version().entry().path();
        }
        throw unsupported("Versions are told of files.");
    }

    private void versionTree(Exchange exchange, EntryPath file, PropFindBody properties) throws IOException {
        share.require(exchange.principal(), Action.READ, file);
        XmlOutput out = exchange.answerXml(207).markup(MultiStatus.BEGIN).markup("\n");
        PropertyAnswers answers = new PropertyAnswers(share, exchange, out, properties);
        Iterator<Place> versions = PlaceIterators.versionFiles(share, file);
        while (versions.hasNext()) {
            answers.write(versions.next().node(exchange));
        }
        out.markup(MultiStatus.END).flush();
    }

    private void expand(Exchange exchange, Target target, ReportBody.Expand report) throws IOException {
        if (exchange.depth(Depth.ZERO) != Depth.ZERO) {
            throw new Refused(400, "This report is of one resource: Depth must be 0.");
        }
        Node node = node(exchange, target);
        XmlOutput out = exchange.answerXml(207).markup(MultiStatus.BEGIN).markup("\n");
        PropertyAnswers.expanding(share, exchange, out, report.properties()).write(node);
        out.markup(MultiStatus.END).flush();
    }

    private Node node(Exchange exchange, Target target) {
        if (target instanceof Target.Virtual virtual) {
            share.requirePast(exchange.principal(), virtual.at());
            return virtual.at().node(exchange);
        }
        Optional<Entry> entry = target.entry();
        entry.ifPresent(
                at -> share.require(exchange.principal(), at.isDirectory() ? Action.LIST : Action.READ, at.path()));
        return entry.map(at -> Node.of(exchange, at, () -> share.locks(target))).orElseGet(() -> Node.root(exchange));
    }

    private void sync(Exchange exchange, EntryPath folder, ReportBody.Sync report) throws IOException {
        share.require(exchange.principal(), Action.LIST, folder);
        Optional<SyncToken> token = token(report.token());
        Optional<SyncToken.Part> part = token.flatMap(SyncToken::part);
        Optional<Instant> since = part.isPresent() ? part.get().since() : token.map(SyncToken::until);
        Optional<PastView> past = since.map(moment -> past(moment, folder));
        // Taken before the walk begins: what comes while it runs is told now, or the next time, or both.
        Instant until =
                part.isPresent() ? token.get().until() : share.namespace().lastChange();
        long left =
                Math.min(report.limit().orElse(Long.MAX_VALUE), share.settings().listedEntriesMax());
        SyncWalk walk = new SyncWalk(
                share,
                exchange.principal(),
                past,
                folder,
                report.deep(),
                part.map(SyncToken.Part::after).orElse(""));
        XmlOutput out = exchange.answerXml(207).markup(MultiStatus.BEGIN).markup("\n");
        PropertyAnswers answers = new PropertyAnswers(share, exchange, out, report.properties());
        SyncToken end = new SyncToken(until, Optional.empty());
        String last = "";
        for (Optional<SyncWalk.Difference> next = walk.next(); next.isPresent(); next = walk.next()) {
            if (--left < 0) {
                end = new SyncToken(until, Optional.of(new SyncToken.Part(since, last)));
                tooMany(out, exchange.href(folder));
                break;
            }
            last = next.get().path().key();
            tell(exchange, out, answers, next.get());
        }
        out.markup("<D:sync-token>").text(end.toString()).markup("</D:sync-token>");
        out.markup(MultiStatus.END).flush();
    }

    private static Optional<SyncToken> token(String text) {
        return text.isEmpty()
                ? Optional.empty()
                : Optional.of(SyncToken.parse(text).orElseThrow(() -> invalid("The token is none of this server.")));
    }

    private static Refused invalid(String message) {
        return new Refused(Refusal.of(403, message + " Begin anew, with an empty one.", "valid-sync-token"));
    }

    /** The moment of a token, if the folder was there and can still be shown. */
    private PastView past(Instant moment, EntryPath folder) {
        try {
            PastView past = share.namespace().at(moment);
            if (past.find(folder).isEmpty()) {
                throw invalid("'" + folder + "' was not there at the time of the token.");
            }
            return past;
        } catch (StorageException.OutOfHistory | StorageException.NoSuchBucket e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
    }

    private void tell(Exchange exchange, XmlOutput out, PropertyAnswers answers, SyncWalk.Difference difference)
            throws IOException {
        Optional<Entry> now = difference.now();
        if (now.isPresent()) {
            Entry entry = now.get();
            answers.write(Node.of(exchange, entry, () -> share.namespace().locks(entry.path())));
        } else {
            out.markup("<D:response><D:href>")
                    .text(exchange.href(difference.path()))
                    .markup("</D:href>");
            out.markup(MultiStatus.status(404)).markup("</D:response>\n");
        }
    }

    private static void tooMany(XmlOutput out, String href) throws IOException {
        out.markup("<D:response><D:href>").text(href).markup("</D:href>").markup(MultiStatus.status(Refusal.NO_SPACE));
        out.markup("<D:error><D:number-of-matches-within-limits/></D:error></D:response>\n");
    }

    /** The reports that something has which is listed. */
    static List<String> of(Node node) {
        if (node.version().isPresent() || (!node.past() && !node.folder())) {
            return List.of("version-tree", "expand-property");
        }
        return !node.past() && node.entry().isPresent()
                ? List.of("sync-collection", "expand-property")
                : List.of("expand-property");
    }
}
