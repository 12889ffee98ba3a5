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
    /** The most characters that all values take together; what is kept of an entry is less. */
    private static final long VALUES_LENGTH_MAX = 4 << 20;

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
        Instructions instructions = new Instructions();
        while (cursor.nextChild()) {
            if (cursor.is("set") || cursor.is("remove")) {
                instructions.read(cursor, cursor.is("set"), scope.within(cursor));
            } else {
                cursor.skip();
            }
        }
        if (instructions.changes.isEmpty()) {
            throw WireException.malformed("DAV:" + root + " names no property.");
        }
        return new PropertyUpdate(instructions.changes);
    }

    /** What was read so far. */
    private static final class Instructions {
        private final List<Change> changes = new ArrayList<>();
        private long valuesLength;

        void read(XmlCursor cursor, boolean set, Scope instruction) throws XMLStreamException {
            while (cursor.nextChild()) {
                if (!cursor.is("prop")) {
                    cursor.skip();
                    continue;
                }
                Scope prop = instruction.within(cursor);
                while (cursor.nextChild()) {
                    PropertyName name = cursor.name();
                    if (set) {
                        changes.add(new Set(name, value(cursor, prop)));
                    } else {
                        changes.add(new Remove(name));
                        cursor.skip();
                    }
                }
            }
        }

        /** Each value repeats the namespaces around it, so all together may be far longer than the request. */
        private XmlFragment value(XmlCursor cursor, Scope prop) throws XMLStreamException {
            XmlFragment value = XmlFragment.take(cursor, prop.within(cursor));
            valuesLength += value.xml().length();
            if (valuesLength > VALUES_LENGTH_MAX) {
                throw new WireException(413, "The properties take far more than may be kept.");
            }
            return value;
        }
    }
}
