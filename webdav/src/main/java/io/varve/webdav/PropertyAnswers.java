package io.varve.webdav;

import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.webdav.wire.HttpDate;
import io.varve.webdav.wire.PropFindBody;
import io.varve.webdav.wire.PropertyName;
import io.varve.webdav.wire.ReportBody;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Writes one {@code DAV:response} per node for one PROPFIND. What the request asks for is worked out once,
 * so that a listing costs one pass over the asked names per entry. One thread at a time.
 */
final class PropertyAnswers {

    private static final String OK = "</D:prop>" + MultiStatus.status(200) + "</D:propstat>";
    private static final String NOT_FOUND = "</D:prop>" + MultiStatus.status(404) + "</D:propstat>";
    private static final String SUPPORTED_LOCKS = lockEntry("exclusive") + lockEntry("shared");

    /** A property that was asked for: its live form if it has one, its key among the attributes, its empty element. */
    private record Asked(Optional<LiveProperty> live, String key, String element) {}

    private final Share share;
    private final Exchange exchange;
    private final XmlOutput out;
    private final LockXml lockXml;
    private final FurtherProperties further;
    private final PropFindBody body;
    private final List<Asked> asked = new ArrayList<>();
    private final Set<String> askedKeys = new LinkedHashSet<>();

    /** What is told of the resources that properties name, in the place of their addresses. */
    private final Map<LiveProperty, PropertyAnswers> expanded = new EnumMap<>(LiveProperty.class);

    /** Answers in which addresses are replaced by what they stand for (RFC 3253 section 3.8). */
    static PropertyAnswers expanding(
            Share share, Exchange exchange, XmlOutput out, List<ReportBody.Expansion> properties) {
        Set<PropertyName> names = new LinkedHashSet<>();
        properties.forEach(property -> names.add(property.name()));
        PropertyAnswers answers = new PropertyAnswers(share, exchange, out, new PropFindBody.Some(names));
        for (ReportBody.Expansion property : properties) {
            if (!property.within().isEmpty()) {
                LiveProperty.named(property.name())
                        .ifPresent(
                                live -> answers.expanded.put(live, expanding(share, exchange, out, property.within())));
            }
        }
        return answers;
    }

    PropertyAnswers(Share share, Exchange exchange, XmlOutput out, PropFindBody body) {
        this.share = share;
        this.exchange = exchange;
        this.out = out;
        this.body = body;
        this.lockXml = new LockXml(exchange, share.clock());
        this.further = new FurtherProperties(share, exchange, out);
        switch (body) {
            case PropFindBody.Some some -> some.names().forEach(this::ask);
            case PropFindBody.Names names -> {
                for (LiveProperty live : LiveProperty.values()) {
                    ask(live.propertyName());
                }
            }
            case PropFindBody.All all -> {
                LiveProperty.STANDARD.forEach(live -> ask(live.propertyName()));
                all.include().stream()
                        .filter(name -> !askedKeys.contains(name.word()))
                        .forEach(this::ask);
            }
        }
    }

    private void ask(PropertyName name) {
        askedKeys.add(name.word());
        asked.add(new Asked(LiveProperty.named(name), Attributes.PROPERTY + name.word(), emptyElement(name)));
    }

    /** A property's element without a value. */
    static String emptyElement(PropertyName name) {
        return switch (name.namespace()) {
            case PropertyName.DAV -> "<D:" + name.local() + "/>";
            case "" -> "<" + name.local() + " xmlns=\"\"/>";
            default -> "<X:" + name.local() + " xmlns:X=\"" + escaped(name.namespace()) + "\"/>";
        };
    }

    private static String escaped(String namespace) {
        return namespace.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    /** Whether an answer needs to know locks, which cost a look-up per node. */
    static boolean asksForLocks(PropFindBody body) {
        return switch (body) {
            case PropFindBody.All all -> true;
            case PropFindBody.Names names -> false;
            case PropFindBody.Some some -> some.names().contains(LiveProperty.LOCK_DISCOVERY.propertyName());
        };
    }

    /** Writes the response for one node. */
    void write(Node node) throws IOException {
        out.markup("<D:response><D:href>").text(node.href()).markup("</D:href>");
        List<String> missing = new ArrayList<>(0);
        out.markup("<D:propstat><D:prop>");
        for (Asked one : asked) {
            if (!write(one, node) && body instanceof PropFindBody.Some) {
                missing.add(one.element());
            }
        }
        if (!(body instanceof PropFindBody.Some)) {
            writeDead(node);
        }
        out.markup(OK);
        if (!missing.isEmpty()) {
            out.markup("<D:propstat><D:prop>");
            for (String element : missing) {
                out.markup(element);
            }
            out.markup(NOT_FOUND);
        }
        out.markup("</D:response>\n");
    }

    private boolean write(Asked one, Node node) throws IOException {
        boolean live = one.live().isPresent();
        if (!live || one.live().get().isOverridable()) {
            Optional<String> dead =
                    node.entry().flatMap(entry -> entry.attributes().get(one.key()));
            if (dead.isPresent()) {
                out.markup(body instanceof PropFindBody.Names ? one.element() : dead.get());
                return true;
            }
        }
        if (!live || !one.live().get().isDefinedOn(node)) {
            return false;
        }
        if (body instanceof PropFindBody.Names) {
            out.markup(one.element());
        } else {
            writeLive(one.live().get(), node);
        }
        return true;
    }

    private void writeDead(Node node) throws IOException {
        if (node.entry().isEmpty() || node.entry().get().attributes().isEmpty()) {
            return;
        }
        Map<String, String> dead = node.entry().get().attributes().withPrefix(Attributes.PROPERTY);
        for (Map.Entry<String, String> property : dead.entrySet()) {
            if (!askedKeys.contains(property.getKey())) {
                out.markup(
                        body instanceof PropFindBody.Names
                                ? PropertyName.ofWord(property.getKey())
                                        .map(PropertyAnswers::emptyElement)
                                        .orElse("")
                                : property.getValue());
            }
        }
    }

    private void writeLive(LiveProperty property, Node node) throws IOException {
        PropertyAnswers inner = expanded.get(property);
        Optional<Node> target = inner == null ? Optional.empty() : further.target(property, node);
        if (inner != null && target.isPresent()) {
            String name = property.propertyName().local();
            out.markup("<D:" + name + ">");
            inner.write(target.get());
            out.markup("</D:" + name + ">");
            return;
        }
        switch (property) {
            case DISPLAY_NAME -> out.markup("<D:displayname>").text(node.name()).markup("</D:displayname>");
            case RESOURCE_TYPE ->
                out.markup(
                        node.folder()
                                ? "<D:resourcetype><D:collection/></D:resourcetype>"
                                : node.person()
                                        ? "<D:resourcetype><D:principal/></D:resourcetype>"
                                        : "<D:resourcetype/>");
            case SUPPORTED_LOCK ->
                out.markup("<D:supportedlock>")
                        .markup(node.entry().isPresent() && !node.past() ? SUPPORTED_LOCKS : "")
                        .markup("</D:supportedlock>");
            case LOCK_DISCOVERY -> lockXml.discovery(out, node.locks().get());
            case QUOTA_AVAILABLE ->
                out.markup("<D:quota-available-bytes>" + availableBytes(node) + "</D:quota-available-bytes>");
            case QUOTA_USED -> out.markup("<D:quota-used-bytes>" + usedBytes(node) + "</D:quota-used-bytes>");
            case CREATION_DATE, CONTENT_LENGTH, CONTENT_TYPE, ENTITY_TAG, LAST_MODIFIED, WINDOWS_MODIFIED, CHECKSUMS ->
                writeOf(property, node.entry().orElseThrow());
            case CHECKED_IN,
                    AUTO_VERSION,
                    VERSION_NAME,
                    PREDECESSOR_SET,
                    SUCCESSOR_SET,
                    SUPPORTED_METHOD_SET,
                    SUPPORTED_LIVE_PROPERTY_SET,
                    SUPPORTED_REPORT_SET,
                    SYNC_TOKEN,
                    PRIVILEGES,
                    CURRENT_USER -> further.write(property, node);
        }
    }

    private void writeOf(LiveProperty property, Entry entry) throws IOException {
        switch (property) {
            case CREATION_DATE ->
                out.markup("<D:creationdate>" + HttpDate.formatIso(entry.written()) + "</D:creationdate>");
            case CONTENT_LENGTH -> out.markup("<D:getcontentlength>" + entry.size() + "</D:getcontentlength>");
            case CONTENT_TYPE ->
                out.markup("<D:getcontenttype>")
                        .text(ContentTypes.of(entry, exchange.request()))
                        .markup("</D:getcontenttype>");
            case ENTITY_TAG ->
                out.markup("<D:getetag>").text(entry.etag().quoted()).markup("</D:getetag>");
            case CHECKSUMS ->
                out.markup("<oc:checksums xmlns:oc=\"http://owncloud.org/ns\"><oc:checksum>" + KnownDigests.cloud(entry)
                        + "</oc:checksum></oc:checksums>");
            case WINDOWS_MODIFIED ->
                out.markup("<Z:Win32LastModifiedTime xmlns:Z=\"urn:schemas-microsoft-com:\">"
                        + HttpDate.format(entry.modified()) + "</Z:Win32LastModifiedTime>");
            default -> out.markup("<D:getlastmodified>" + HttpDate.format(entry.modified()) + "</D:getlastmodified>");
        }
    }

    private long availableBytes(Node node) {
        long free = Math.max(0, share.freeBytes().getAsLong());
        OptionalLong left = node.entry().isPresent()
                ? share.namespace().quotas().leftBytes(node.entry().get().path().bucket())
                : OptionalLong.empty();
        return Math.min(free, left.orElse(free));
    }

    /** In a bucket with a quota what all of it takes: that is what counts against what is available (RFC 4331 section 4). */
    private long usedBytes(Node node) {
        Optional<EntryPath> limited = node.entry()
                .map(entry -> entry.path().bucket())
                .filter(bucket -> share.namespace()
                        .findBucket(bucket)
                        .filter(found -> found.quotaBytes().isPresent())
                        .isPresent())
                .map(EntryPath::root);
        if (limited.isPresent()) {
            return share.namespace().usage(limited.get()).bytes();
        }
        return node.entry().isPresent()
                ? share.namespace().usage(node.entry().get().path()).bytes()
                : share.namespace().buckets().stream()
                        .map(Bucket::name)
                        .mapToLong(name ->
                                share.namespace().usage(EntryPath.root(name)).bytes())
                        .sum();
    }

    private static String lockEntry(String scope) {
        return "<D:lockentry><D:lockscope><D:" + scope
                + "/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockentry>";
    }
}
