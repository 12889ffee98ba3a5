package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.HttpDate;
import io.varve.webdav.wire.PropertyName;
import io.varve.webdav.wire.PropertyUpdate;
import io.varve.webdav.wire.PropertyUpdate.Change;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * PROPPATCH: all changes or none (RFC 4918 section 9.2). Values a client invents are kept as XML among the
 * entry's attributes; a modification time set as {@code getlastmodified} or in Windows' way is the entry's own.
 */
final class PropPatchVerb implements Verb<Exchange, Target> {

    private static final int OK = 200;
    private static final int FORBIDDEN = 403;
    private static final int CONFLICT = 409;

    /** RFC 4918's code for a property that the server alone sets. */
    static final String PROTECTED = "cannot-modify-protected-property";

    private final Share share;

    PropPatchVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("PROPPATCH");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        Entry entry = switch (target) {
            case Target.Missing missing -> throw GetVerb.notFound(missing);
            case Target.NoBucket none -> throw GetVerb.notFound(none);
            case Target.Virtual virtual -> throw VirtualTrees.readOnly();
            case Target.Root root -> throw new Refused(403, "The folder over all buckets has no properties to set.");
            case Target.Folder folder -> folder.at();
            case Target.File file -> file.at();
        };
        share.require(exchange.principal(), Action.WRITE, entry.path());
        PropertyUpdate update = exchange.readXml(share.settings().xmlBytesMax(), PropertyUpdate::read)
                .orElseThrow(() -> new Refused(400, "PROPPATCH needs a DAV:propertyupdate."));
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        Map<PropertyName, Integer> outcomes = judge(update);
        if (outcomes.values().stream().allMatch(status -> status == OK)) {
            try {
                apply(update, entry, exchange.options().when(conditions.atCommit()));
            } catch (StorageException.AttributesTooLarge e) {
                outcomes.replaceAll((name, status) -> Refusal.NO_SPACE);
            }
        } else {
            outcomes.replaceAll((name, status) -> status == OK ? Refusal.FAILED_DEPENDENCY : status);
        }
        answer(exchange, entry, outcomes);
    }

    /** What would become of each property by itself; the worst if it is named twice. */
    static Map<PropertyName, Integer> judge(PropertyUpdate update) {
        Map<PropertyName, Integer> outcomes = new LinkedHashMap<>();
        for (Change change : update.changes()) {
            outcomes.merge(change.name(), judge(change), Math::max);
        }
        return outcomes;
    }

    private static int judge(Change change) {
        Optional<LiveProperty> live = LiveProperty.named(change.name());
        if (live.isEmpty() || live.get().isOverridable()) {
            return OK;
        }
        if (!live.get().isModificationTime()) {
            return FORBIDDEN;
        }
        return switch (change) {
            case PropertyUpdate.Set set -> HttpDate.parse(set.value().text()).isPresent() ? OK : CONFLICT;
            case PropertyUpdate.Remove remove -> FORBIDDEN;
        };
    }

    private void apply(PropertyUpdate update, Entry entry, WriteOptions options) {
        Optional<Instant> modified = update.changes().stream()
                .filter(PropPatchVerb::setsTime)
                .map(change -> ((PropertyUpdate.Set) change).value().text())
                .reduce((first, last) -> last)
                .flatMap(HttpDate::parse);
        share.namespace().changeAttributes(entry.path(), attributes -> changed(attributes, update), modified, options);
    }

    private static boolean setsTime(Change change) {
        return LiveProperty.named(change.name())
                .map(LiveProperty::isModificationTime)
                .orElse(false);
    }

    /** What becomes of attributes by the changes, but for a modification time. */
    static Attributes changed(Attributes attributes, PropertyUpdate update) {
        Map<String, String> changed = new HashMap<>(attributes.values());
        for (Change change : update.changes()) {
            String key = Attributes.PROPERTY + change.name().word();
            if (!setsTime(change)) {
                switch (change) {
                    case PropertyUpdate.Set set -> changed.put(key, set.value().xml());
                    case PropertyUpdate.Remove remove -> changed.remove(key);
                }
            }
        }
        return Attributes.of(changed);
    }

    private static void answer(Exchange exchange, Entry entry, Map<PropertyName, Integer> outcomes) throws IOException {
        XmlOutput out = exchange.answerXml(207);
        out.markup(MultiStatus.BEGIN).markup("<D:response><D:href>").text(exchange.href(entry.path()));
        out.markup("</D:href>");
        propstats(out, outcomes, PROTECTED);
        out.markup("</D:response>").markup(MultiStatus.END).flush();
    }

    /**
     * Tells the outcome of each property, those with the same one together.
     *
     * @param condition why some are forbidden, as a code of the RFC that says so
     */
    static void propstats(XmlOutput out, Map<PropertyName, Integer> outcomes, String condition) throws IOException {
        for (int status : Set.copyOf(outcomes.values())) {
            out.markup("<D:propstat><D:prop>");
            for (Map.Entry<PropertyName, Integer> outcome : outcomes.entrySet()) {
                if (outcome.getValue() == status) {
                    out.markup(PropertyAnswers.emptyElement(outcome.getKey()));
                }
            }
            out.markup("</D:prop>").markup(MultiStatus.status(status));
            if (status == FORBIDDEN) {
                out.markup("<D:error><D:" + condition + "/></D:error>");
            }
            out.markup("</D:propstat>");
        }
    }
}
