package io.varve.webdav.wire;

import io.varve.webdav.wire.XmlFragment.Scope;
import java.util.ArrayList;
import java.util.List;
import javax.xml.stream.XMLStreamException;

/**
 * What a PROPPATCH changes (RFC 4918 section 14.19).
 *
 * @param changes in document order, which is the order they apply in
 */
public record PropertyUpdate(List<Change> changes) {

    /** One change to one property. */
    public sealed interface Change {

        /** The property. */
        PropertyName name();
    }

    /**
     * Gives a property a value.
     *
     * @param value the whole property element
     */
    public record Set(PropertyName name, XmlFragment value) implements Change {}

    /** Takes a property away. */
    public record Remove(PropertyName name) implements Change {}

    public PropertyUpdate {
        changes = List.copyOf(changes);
    }

    /** Reads the document of a PROPPATCH. */
    public static PropertyUpdate read(XmlCursor cursor) throws XMLStreamException {
        return read(cursor, "propertyupdate");
    }

    /** Reads the document of an extended MKCOL (RFC 5689 section 5.1), which has the same form. */
    public static PropertyUpdate ofNewFolder(XmlCursor cursor) throws XMLStreamException {
        if (!cursor.is("mkcol")) {
            throw new WireException(415, "MKCOL takes no body but DAV:mkcol in XML.");
        }
        return read(cursor, "mkcol");
    }

    private static PropertyUpdate read(XmlCursor cursor, String root) throws XMLStreamException {
        if (!cursor.is(root)) {
            throw WireException.malformed("The request's XML is no DAV:" + root + ".");
        }
        Scope scope = Scope.NONE.within(cursor);
        List<Change> changes = new ArrayList<>();
        while (cursor.nextChild()) {
            if (cursor.is("set") || cursor.is("remove")) {
                read(cursor, cursor.is("set"), scope.within(cursor), changes);
            } else {
                cursor.skip();
            }
        }
        if (changes.isEmpty()) {
            throw WireException.malformed("DAV:" + root + " names no property.");
        }
        return new PropertyUpdate(changes);
    }

    private static void read(XmlCursor cursor, boolean set, Scope instruction, List<Change> changes)
            throws XMLStreamException {
        while (cursor.nextChild()) {
            if (!cursor.is("prop")) {
                cursor.skip();
                continue;
            }
            Scope prop = instruction.within(cursor);
            while (cursor.nextChild()) {
                PropertyName name = cursor.name();
                if (set) {
                    changes.add(new Set(name, XmlFragment.take(cursor, prop.within(cursor))));
                } else {
                    changes.add(new Remove(name));
                    cursor.skip();
                }
            }
        }
    }
}
