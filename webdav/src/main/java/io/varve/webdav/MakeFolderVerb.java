package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.PropertyName;
import io.varve.webdav.wire.PropertyUpdate;
import io.varve.webdav.wire.XmlFragment;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** MKCOL: a folder, or at the top a bucket. */
final class MakeFolderVerb implements Verb<Exchange, Target> {

    private static final int OK = 200;
    private static final int FORBIDDEN = 403;

    private static final PropertyName COLLECTION = PropertyName.dav("collection");

    private final Share share;

    MakeFolderVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("MKCOL");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        if (target instanceof Target.Virtual) {
            throw VirtualTrees.readOnly();
        }
        if (!(target instanceof Target.Missing) && !(target instanceof Target.NoBucket)) {
            throw Allowed.refuse(exchange, target, "Something is here already: a folder cannot be made.");
        }
        EntryPath path = target.path().asFolder().entry();
        share.require(exchange.principal(), path.isRoot() ? Action.CREATE_BUCKET : Action.WRITE, path);
        Optional<PropertyUpdate> extended = extended(exchange);
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        if (extended.isPresent()) {
            Map<PropertyName, Integer> outcomes = judge(extended.get());
            if (!outcomes.values().stream().allMatch(status -> status == OK)) {
                refuse(exchange, outcomes);
                return;
            }
        }
        Attributes properties = extended.map(update -> PropPatchVerb.changed(Attributes.NONE, update)
                        .without(Attributes.PROPERTY
                                + LiveProperty.RESOURCE_TYPE.propertyName().word()))
                .orElse(Attributes.NONE);
        if (path.isRoot()) {
            share.namespace().createBucket(path.bucket(), exchange.principal().name(), properties, Optional.empty());
        } else {
            makeFolder(exchange, target, path, properties, conditions);
        }
        exchange.answer(201);
    }

    /** What an extended MKCOL (RFC 5689) sets; another body than one in XML is none for MKCOL. */
    private Optional<PropertyUpdate> extended(Exchange exchange) throws IOException {
        String type = Optional.ofNullable(exchange.request().getContentType())
                .orElse("")
                .toLowerCase(Locale.ROOT);
        if (type.startsWith("application/xml") || type.startsWith("text/xml")) {
            return exchange.readXml(share.settings().xmlBytesMax(), PropertyUpdate::ofNewFolder);
        }
        if (exchange.hasBody() && exchange.request().getInputStream().read() >= 0) {
            throw new Refused(415, "MKCOL takes no body but DAV:mkcol in XML.");
        }
        return Optional.empty();
    }

    private static Map<PropertyName, Integer> judge(PropertyUpdate update) {
        Map<PropertyName, Integer> outcomes = PropPatchVerb.judge(update);
        for (PropertyUpdate.Change change : update.changes()) {
            Optional<LiveProperty> live = LiveProperty.named(change.name());
            if (live.filter(LiveProperty::isModificationTime).isPresent()) {
                outcomes.put(change.name(), FORBIDDEN);
            }
            if (live.filter(property -> property == LiveProperty.RESOURCE_TYPE).isPresent()
                    && change instanceof PropertyUpdate.Set set) {
                outcomes.put(change.name(), isCollection(set.value()) ? OK : FORBIDDEN);
            }
        }
        return outcomes;
    }

    /** Folders are made here, and nothing that is a folder and something more, a calendar say. */
    private static boolean isCollection(XmlFragment type) {
        return type.children().equals(List.of(COLLECTION));
    }

    /** Answers as RFC 5689 section 3.5 shows it. */
    private static void refuse(Exchange exchange, Map<PropertyName, Integer> outcomes) throws IOException {
        boolean byType = outcomes.getOrDefault(LiveProperty.RESOURCE_TYPE.propertyName(), OK) != OK;
        outcomes.replaceAll((name, status) -> status == OK ? Refusal.FAILED_DEPENDENCY : status);
        XmlOutput out = exchange.answerXml(FORBIDDEN).markup("<D:mkcol-response xmlns:D=\"DAV:\">");
        PropPatchVerb.propstats(out, outcomes, byType ? "valid-resourcetype" : PropPatchVerb.PROTECTED);
        out.markup("</D:mkcol-response>\n").flush();
    }

    private void makeFolder(
            Exchange exchange, Target target, EntryPath path, Attributes properties, Conditions conditions) {
        try {
            share.namespace().makeDirectory(path, properties, exchange.options().when(conditions.atCommit()));
        } catch (StorageException.EntryExists | StorageException.KindConflict e) {
            throw Allowed.refuse(exchange, target, String.valueOf(e.getMessage()));
        } catch (StorageException.NoSuchBucket e) {
            throw new Refused(409, String.valueOf(e.getMessage()), e);
        }
    }
}
