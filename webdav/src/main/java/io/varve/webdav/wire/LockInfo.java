package io.varve.webdav.wire;

import io.varve.webdav.wire.XmlFragment.Scope;
import javax.xml.stream.XMLStreamException;

/**
 * What a LOCK asks for (RFC 4918 section 14.11).
 *
 * @param exclusive an exclusive lock, else a shared one
 * @param owner the whole {@code DAV:owner} element; empty if none was given
 */
public record LockInfo(boolean exclusive, String owner) {

    /** Reads the document. */
    public static LockInfo read(XmlCursor cursor) throws XMLStreamException {
        if (!cursor.is("lockinfo")) {
            throw WireException.malformed("The request's XML is no DAV:lockinfo.");
        }
        Scope scope = Scope.NONE.within(cursor);
        String kind = "";
        boolean write = false;
        String owner = "";
        while (cursor.nextChild()) {
            if (cursor.is("lockscope")) {
                kind = onlyChild(cursor);
            } else if (cursor.is("locktype")) {
                write = onlyChild(cursor).equals("write");
            } else if (cursor.is("owner")) {
                owner = XmlFragment.take(cursor, scope.within(cursor)).xml();
            } else {
                cursor.skip();
            }
        }
        boolean exclusive = kind.equals("exclusive");
        if (!write || (!exclusive && !kind.equals("shared"))) {
            throw WireException.malformed("DAV:lockinfo must ask for an exclusive or shared write lock.");
        }
        return new LockInfo(exclusive, owner);
    }

    /** The local name of the last child of RFC 4918's namespace; empty if there is none. */
    private static String onlyChild(XmlCursor cursor) throws XMLStreamException {
        String name = "";
        while (cursor.nextChild()) {
            name = cursor.name().namespace().equals(PropertyName.DAV)
                    ? cursor.name().local()
                    : name;
            cursor.skip();
        }
        return name;
    }
}
