package io.varve.webdav.wire;

import java.util.LinkedHashSet;
import java.util.Set;
import javax.xml.stream.XMLStreamException;

/** What a PROPFIND asks for (RFC 4918 section 14.20). */
public sealed interface PropFindBody {

    /** The most properties that may be asked for by name. */
    int NAMES_MAX = 1000;

    /**
     * All dead properties and those live ones that RFC 4918 defines.
     *
     * @param include further ones, by name
     */
    record All(Set<PropertyName> include) implements PropFindBody {
        public All {
            include = Set.copyOf(include);
        }
    }

    /** The names of all properties. */
    record Names() implements PropFindBody {}

    /**
     * Properties by name.
     *
     * @param names in the client's order
     */
    record Some(Set<PropertyName> names) implements PropFindBody {}

    /** Reads the document; unknown elements are passed over, as RFC 4918 section 17 wants. */
    static PropFindBody read(XmlCursor cursor) throws XMLStreamException {
        if (!cursor.is("propfind")) {
            throw WireException.malformed("The request's XML is no DAV:propfind.");
        }
        PropFindBody asked = null;
        Set<PropertyName> included = Set.of();
        while (cursor.nextChild()) {
            PropFindBody one = null;
            if (cursor.is("prop")) {
                one = new Some(names(cursor));
            } else if (cursor.is("include")) {
                included = names(cursor);
            } else {
                one = cursor.is("allprop") ? new All(Set.of()) : cursor.is("propname") ? new Names() : null;
                cursor.skip();
            }
            if (one != null && asked != null) {
                throw WireException.malformed("DAV:propfind may ask for one of prop, allprop and propname only.");
            }
            asked = one == null ? asked : one;
        }
        if (asked == null) {
            throw WireException.malformed("DAV:propfind asks for nothing: give prop, allprop or propname.");
        }
        return asked instanceof All ? new All(included) : asked;
    }

    private static Set<PropertyName> names(XmlCursor cursor) throws XMLStreamException {
        Set<PropertyName> names = new LinkedHashSet<>();
        while (cursor.nextChild()) {
            if (names.size() == NAMES_MAX) {
                // Each is looked for in each entry of a listing.
                throw WireException.malformed("DAV:propfind asks for more than " + NAMES_MAX + " properties.");
            }
            names.add(cursor.name());
            cursor.skip();
        }
        return names;
    }
}
