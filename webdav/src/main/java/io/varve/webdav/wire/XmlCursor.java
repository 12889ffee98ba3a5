package io.varve.webdav.wire;

import java.util.Optional;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * A position in a document that is being read, moving from child element to child element.
 *
 * <pre>
 * while (cursor.nextChild()) {
 *     … cursor.is("prop") …    // read deeper with the same loop, or skip()
 * }
 * </pre>
 *
 * Each loop must leave every child it enters: by an inner loop, {@link #skip()} or {@link XmlFragment}.
 */
public final class XmlCursor {

    private final XMLStreamReader reader;
    private int depth = 1;

    XmlCursor(XMLStreamReader reader) {
        this.reader = reader;
    }

    XMLStreamReader reader() {
        return reader;
    }

    /** The name of the element the cursor stands on. */
    public PropertyName name() {
        String namespace = reader.getNamespaceURI();
        return new PropertyName(namespace == null ? "" : namespace, reader.getLocalName());
    }

    /** Whether the element is that one of RFC 4918's. */
    public boolean is(String davName) {
        return reader.getLocalName().equals(davName) && PropertyName.DAV.equals(reader.getNamespaceURI());
    }

    /** An attribute of the element that stands in no namespace. */
    Optional<String> attribute(String name) {
        return Optional.ofNullable(reader.getAttributeValue(null, name));
    }

    /**
     * Enters the next child of the element, or leaves the element if there is none.
     *
     * @return whether the cursor stands on a child now
     */
    public boolean nextChild() throws XMLStreamException {
        while (true) {
            switch (next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    return true;
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    return false;
                }
                default -> {
                    // Text between elements, comments and processing instructions say nothing here.
                }
            }
        }
    }

    /** Leaves the element with all it holds. */
    public void skip() throws XMLStreamException {
        int outside = depth - 1;
        while (depth > outside) {
            next();
        }
    }

    /** The next event, with the nesting bounded. */
    int next() throws XMLStreamException {
        int event = reader.next();
        if (event == XMLStreamConstants.START_ELEMENT && ++depth > XmlBody.DEPTH_MAX) {
            throw WireException.malformed("The request's XML is nested too deep.");
        } else if (event == XMLStreamConstants.END_ELEMENT) {
            depth--;
        }
        return event;
    }

    int depth() {
        return depth;
    }
}
