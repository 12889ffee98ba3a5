package io.varve.s3.xml;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * An element of a request's document: its local name, its text and its child elements. Namespaces are not looked at,
 * because many clients send none. Reading is bounded in depth and in the number of elements, and a document type
 * declaration is refused, so entities can neither expand nor reach out.
 *
 * @param name the local name
 * @param text the text directly in it
 * @param children its child elements
 */
public record XmlElement(String name, String text, List<XmlElement> children) {

    /** No S3 document is nested deeper than half of this. */
    private static final int DEPTH_MAX = 16;

    /** Ten thousand parts with ten elements each. */
    private static final int ELEMENTS_MAX = 120_000;

    private static final XMLInputFactory READERS = readers();

    public XmlElement {
        children = List.copyOf(children);
    }

    private static XMLInputFactory readers() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        return factory;
    }

    private static final class Open {
        final String name;
        final StringBuilder text = new StringBuilder();
        final List<XmlElement> children = new ArrayList<>();

        Open(String name) {
            this.name = name;
        }
    }

    /**
     * Reads a document.
     *
     * @param bytes the document, whose size the caller has bounded
     * @param root the name its root element must have
     * @throws S3Exception {@link S3Error#MALFORMED_XML} for anything else
     */
    public static XmlElement parse(byte[] bytes, String root) {
        try {
            // Decoded here, because the parser prints what is no UTF-8 to the standard error stream.
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            XMLStreamReader reader;
            synchronized (READERS) {
                reader = READERS.createXMLStreamReader(
                        new StringReader(text.startsWith("\ufeff") ? text.substring(1) : text));
            }
            try {
                XmlElement document = read(reader);
                if (!document.name.equals(root)) {
                    throw new S3Exception(S3Error.MALFORMED_XML);
                }
                return document;
            } finally {
                reader.close();
            }
        } catch (XMLStreamException | CharacterCodingException e) {
            throw new S3Exception(S3Error.MALFORMED_XML, S3Error.MALFORMED_XML.message(), e);
        }
    }

    private static XmlElement read(XMLStreamReader reader) throws XMLStreamException {
        Deque<Open> open = new ArrayDeque<>();
        int elements = 0;
        while (reader.hasNext()) {
            switch (reader.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    if (open.size() >= DEPTH_MAX || ++elements > ELEMENTS_MAX) {
                        throw new S3Exception(S3Error.MALFORMED_XML);
                    }
                    open.push(new Open(reader.getLocalName()));
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA -> {
                    Open current = open.peek();
                    if (current != null) {
                        current.text.append(reader.getText());
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    Open ended = open.pop();
                    XmlElement element = new XmlElement(ended.name, ended.text.toString(), ended.children);
                    Open parent = open.peek();
                    if (parent == null) {
                        checkNothingFollows(reader);
                        return element;
                    }
                    parent.children.add(element);
                }
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                    throw new S3Exception(S3Error.MALFORMED_XML);
                default -> {
                    // Comments, processing instructions and white space mean nothing here.
                }
            }
        }
        throw new S3Exception(S3Error.MALFORMED_XML);
    }

    private static void checkNothingFollows(XMLStreamReader reader) throws XMLStreamException {
        while (reader.hasNext()) {
            reader.next();
        }
    }

    /** The text of the first child of that name. */
    public Optional<String> childText(String child) {
        for (XmlElement element : children) {
            if (element.name.equals(child)) {
                return Optional.of(element.text);
            }
        }
        return Optional.empty();
    }

    /** All children of that name. */
    public List<XmlElement> children(String child) {
        return children.stream().filter(element -> element.name.equals(child)).toList();
    }
}
