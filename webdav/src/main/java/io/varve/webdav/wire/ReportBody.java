package io.varve.webdav.wire;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamException;

/** What a REPORT asks for (RFC 3253 section 3.6). */
public sealed interface ReportBody {

    /** The names that elements may have, as far as they are ASCII: names in attributes are no elements yet. */
    Pattern LOCAL_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");

    /**
     * The versions of a file (RFC 3253 section 3.7).
     *
     * @param properties what is to be told of each
     */
    record VersionTree(PropFindBody properties) implements ReportBody {}

    /**
     * What changed in a folder (RFC 6578 section 6.1).
     *
     * @param token where the last answer ended; empty for the beginning
     * @param deep all levels, else the members only
     * @param limit the most changes to tell; empty for no limit of the client's
     * @param properties what is to be told of each
     */
    record Sync(String token, boolean deep, Optional<Long> limit, PropFindBody properties) implements ReportBody {}

    /**
     * Properties, and properties of the resources that those name (RFC 3253 section 3.8).
     *
     * @param properties what is to be told
     */
    record Expand(List<Expansion> properties) implements ReportBody {}

    /**
     * A property to be told.
     *
     * @param within what is to be told of the resources that it names, in the place of their addresses; empty for the addresses
     */
    record Expansion(PropertyName name, List<Expansion> within) {}

    /** A report that is not supported. */
    record Other(PropertyName name) implements ReportBody {}

    /** Reads the document. */
    static ReportBody read(XmlCursor cursor) throws XMLStreamException {
        if (cursor.is("version-tree")) {
            return new VersionTree(properties(cursor));
        }
        if (cursor.is("sync-collection")) {
            return sync(cursor);
        }
        if (cursor.is("expand-property")) {
            return new Expand(expansions(cursor));
        }
        Other other = new Other(cursor.name());
        cursor.skip();
        return other;
    }

    private static PropFindBody properties(XmlCursor cursor) throws XMLStreamException {
        PropFindBody asked = new PropFindBody.Some(Set.of());
        while (cursor.nextChild()) {
            if (cursor.is("prop")) {
                asked = new PropFindBody.Some(names(cursor));
            } else {
                asked = cursor.is("allprop") ? new PropFindBody.All(Set.of()) : asked;
                cursor.skip();
            }
        }
        return asked;
    }

    private static List<Expansion> expansions(XmlCursor cursor) throws XMLStreamException {
        List<Expansion> properties = new ArrayList<>();
        while (cursor.nextChild()) {
            if (!cursor.is("property")) {
                cursor.skip();
                continue;
            }
            String name = cursor.attribute("name").orElse("");
            String namespace = cursor.attribute("namespace").orElse(PropertyName.DAV);
            if (!LOCAL_NAME.matcher(name).matches()) {
                throw WireException.malformed("DAV:property needs a name of ASCII letters, digits, '-', '_' and '.'.");
            }
            properties.add(new Expansion(new PropertyName(namespace, name), expansions(cursor)));
        }
        return properties;
    }

    private static ReportBody sync(XmlCursor cursor) throws XMLStreamException {
        Optional<String> token = Optional.empty();
        String level = "1";
        Optional<Long> limit = Optional.empty();
        PropFindBody asked = new PropFindBody.Some(Set.of());
        while (cursor.nextChild()) {
            if (cursor.is("sync-token")) {
                token = Optional.of(text(cursor));
            } else if (cursor.is("sync-level")) {
                level = text(cursor);
            } else if (cursor.is("limit")) {
                limit = limit(cursor);
            } else if (cursor.is("prop")) {
                asked = new PropFindBody.Some(names(cursor));
            } else {
                cursor.skip();
            }
        }
        if (token.isEmpty() || !(level.equals("1") || level.equals("infinite"))) {
            throw WireException.malformed("DAV:sync-collection needs a sync-token, and a sync-level of 1 or infinite.");
        }
        return new Sync(token.get(), level.equals("infinite"), limit, asked);
    }

    private static Optional<Long> limit(XmlCursor cursor) throws XMLStreamException {
        Optional<Long> limit = Optional.empty();
        while (cursor.nextChild()) {
            if (!cursor.is("nresults")) {
                cursor.skip();
                continue;
            }
            try {
                limit = Optional.of(Long.parseLong(text(cursor)));
            } catch (NumberFormatException e) {
                throw WireException.malformed("DAV:nresults must be a number.");
            }
            if (limit.get() < 1) {
                throw WireException.malformed("DAV:nresults must be 1 or more.");
            }
        }
        return limit;
    }

    private static Set<PropertyName> names(XmlCursor cursor) throws XMLStreamException {
        Set<PropertyName> names = new LinkedHashSet<>();
        while (cursor.nextChild()) {
            names.add(cursor.name());
            cursor.skip();
        }
        return names;
    }

    private static String text(XmlCursor cursor) throws XMLStreamException {
        return XmlFragment.take(cursor, XmlFragment.Scope.NONE).text().strip();
    }
}
