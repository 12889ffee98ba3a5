package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Moments;
import io.varve.storage.namespace.Version;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Writes properties of the extensions: versions (RFC 3253), synchronization (RFC 6578), and rights (RFC 3744). Most cost a look-up, and are
 * told only to who asks for them by name. One thread at a time.
 */
final class FurtherProperties {
    private final Share share;
    private final Exchange exchange;
    private final XmlOutput out;

    /** The version told last: a listing of versions goes from each to the one before it. */
    private Optional<Version> told = Optional.empty();

    FurtherProperties(Share share, Exchange exchange, XmlOutput out) {
        this.share = share;
        this.exchange = exchange;
        this.out = out;
    }

    void write(LiveProperty property, Node node) throws IOException {
        String name = property.propertyName().local();
        out.markup("<D:" + name + ">");
        switch (property) {
            case AUTO_VERSION -> out.markup("<D:checkout-checkin/>");
            case VERSION_NAME ->
                out.text(Moments.compact(node.version().orElseThrow().from()));
            case SUPPORTED_METHOD_SET -> {
                for (String method : Allowed.on(node).split(", ", -1)) {
                    out.markup("<D:supported-method name=\"" + method + "\"/>");
                }
            }
            case SUPPORTED_LIVE_PROPERTY_SET -> {
                for (LiveProperty live : LiveProperty.values()) {
                    String element = PropertyAnswers.emptyElement(live.propertyName());
                    out.markup("<D:supported-live-property><D:prop>" + element);
                    out.markup("</D:prop></D:supported-live-property>");
                }
            }
            case SUPPORTED_REPORT_SET -> {
                for (String report : ReportVerb.of(node)) {
                    out.markup("<D:supported-report><D:report><D:" + report + "/></D:report></D:supported-report>");
                }
            }
            case SYNC_TOKEN -> out.text(new SyncToken(share.namespace().lastChange(), Optional.empty()).toString());
            case PRIVILEGES -> privileges(node);
            default -> href(target(property, node).map(Node::href));
        }
        out.markup("</D:" + name + ">");
        told = node.version().isPresent() ? node.version() : told;
    }

    /** What a property's value is the address of; empty if it is no address, or of nothing. */
    Optional<Node> target(LiveProperty property, Node node) {
        return switch (property) {
            case CHECKED_IN ->
                newest(node.entry().orElseThrow().path(), Instant.MAX).map(this::version);
            case PREDECESSOR_SET -> {
                Version version = node.version().orElseThrow();
                yield newest(version.entry().path(), version.from()).map(this::version);
            }
            case SUCCESSOR_SET -> successor(node.version().orElseThrow()).map(this::version);
            case CURRENT_USER ->
                Optional.of(new Place.Person(exchange.principal().name()).node(exchange));
            default -> Optional.empty();
        };
    }

    private Node version(Version version) {
        return new Place.VersionFile(version).node(exchange);
    }

    private void href(Optional<String> address) throws IOException {
        if (address.isPresent()) {
            out.markup("<D:href>").text(address.get()).markup("</D:href>");
        }
    }

    private Optional<Version> newest(EntryPath path, Instant before) {
        return share.namespace().versions(path, before, 1).stream().findFirst();
    }

    private Optional<Version> successor(Version version) {
        EntryPath path = version.entry().path();
        if (told.isPresent()
                && told.get().entry().path().equals(path)
                && isSame(newest(path, told.get().from()), version)) {
            return told;
        }
        Optional<Version> later = Optional.empty();
        for (Iterator<Version> all = PlaceIterators.versions(share, path).iterator(); all.hasNext(); ) {
            Optional<Version> next = Optional.of(all.next());
            if (isSame(next, version)) {
                return later;
            }
            later = next;
        }
        return Optional.empty();
    }

    private static boolean isSame(Optional<Version> one, Version other) {
        return one.map(Version::from).filter(other.from()::equals).isPresent();
    }

    private void privileges(Node node) throws IOException {
        Optional<EntryPath> path = node.entry().map(entry -> entry.path());
        boolean reads = path.map(at -> allows(node.folder() ? Action.LIST : Action.READ, at))
                .orElse(true);
        boolean present = !node.past() && path.isPresent();
        boolean writes = present && allows(Action.WRITE, path.get());
        boolean deletes = present && allows(Action.DELETE, path.get());
        privileges(reads, List.of("read", "read-current-user-privilege-set"));
        privileges(writes, List.of("write-properties", "write-content"));
        privileges(writes && node.folder(), List.of("bind"));
        privileges(deletes && node.folder(), List.of("unbind"));
        privileges(writes && deletes, List.of("write"));
    }

    private boolean allows(Action action, EntryPath path) {
        return share.allows(exchange.principal(), action, path);
    }

    private void privileges(boolean has, List<String> names) throws IOException {
        for (String name : has ? names : List.<String>of()) {
            out.markup("<D:privilege><D:" + name + "/></D:privilege>");
        }
    }
}
