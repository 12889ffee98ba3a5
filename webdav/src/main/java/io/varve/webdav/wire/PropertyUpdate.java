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

    /** Reads the document. */
    public static PropertyUpdate read(XmlCursor cursor) throws XMLStreamException {
        if (!cursor.is("propertyupdate")) {
            throw WireException.malformed("The request's XML is no DAV:propertyupdate.");
        }
        Scope root = Scope.NONE.within(cursor);
        List<Change> changes = new ArrayList<>();
        while (cursor.nextChild()) {
            if (cursor.is("set") || cursor.is("remove")) {
                read(cursor, cursor.is("set"), root.within(cursor), changes);
            } else {
                cursor.skip();
            }
        }
        if (changes.isEmpty()) {
            throw WireException.malformed("DAV:propertyupdate names no property.");
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
