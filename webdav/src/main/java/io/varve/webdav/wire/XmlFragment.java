package io.varve.webdav.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * An element taken out of a request so that it stands alone: with the namespaces that were in scope and
 * the language that applied (RFC 4918 section 4.3). Prefixes stay as they were, because values may hold
 * names that depend on them; comments and processing instructions are dropped.
 *
 * @param xml the element
 * @param text its character data, all levels together
 * @param children the names of the elements in it, those of the first level
 */
public record XmlFragment(String xml, String text, List<PropertyName> children) {
    private static final int NAMESPACES_MAX = 128;

    public XmlFragment {
        children = List.copyOf(children);
    }

    /**
     * What an element inherits from those around it.
     *
     * @param namespaces prefix to namespace; the empty prefix is the default namespace
     * @param language the {@code xml:lang} that applies; empty for none
     */
    public record Scope(Map<String, String> namespaces, String language) {

        /** The scope outside the root element. */
        public static final Scope NONE = new Scope(Map.of(), "");

        public Scope {
            namespaces = Map.copyOf(namespaces);
        }

        /**
         * The scope within the element the cursor stands on.
         *
         * @throws WireException 400 if there are more namespaces than any client needs: each element that is taken repeats them all
         */
        public Scope within(XmlCursor cursor) {
            XMLStreamReader reader = cursor.reader();
            Map<String, String> inner = new TreeMap<>(namespaces);
            for (int i = 0; i < reader.getNamespaceCount(); i++) {
                inner.put(orEmpty(reader.getNamespacePrefix(i)), orEmpty(reader.getNamespaceURI(i)));
            }
            if (inner.size() > NAMESPACES_MAX) {
                throw WireException.malformed(
                        "The request's XML declares more than " + NAMESPACES_MAX + " namespaces at a time.");
            }
            String own = reader.getAttributeValue("http://www.w3.org/XML/1998/namespace", "lang");
            return new Scope(inner, own == null ? language : own);
        }
    }

    /**
     * Takes the element the cursor stands on, and leaves it.
     *
     * @param scope the scope within the element, its own declarations included
     */
    public static XmlFragment take(XmlCursor cursor, Scope scope) throws XMLStreamException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        StringBuilder text = new StringBuilder();
        List<PropertyName> children = new ArrayList<>();
        XmlOutput out = new XmlOutput(bytes);
        try {
            copy(cursor, scope, out, text, children);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("a byte array refused a byte", e);
        }
        return new XmlFragment(bytes.toString(StandardCharsets.UTF_8), text.toString(), children);
    }

    private static void copy(
            XmlCursor cursor, Scope scope, XmlOutput out, StringBuilder text, List<PropertyName> children)
            throws IOException, XMLStreamException {
        XMLStreamReader reader = cursor.reader();
        int outside = cursor.depth() - 1;
        start(reader, scope.namespaces(), scope.language(), out);
        while (true) {
            switch (cursor.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    if (cursor.depth() == outside + 2) {
                        children.add(cursor.name());
                    }
                    start(reader, declarations(reader), "", out);
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    out.markup("</").markup(qualifiedName(reader)).markup(">");
                    if (cursor.depth() == outside) {
                        return;
                    }
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
                    out.text(reader.getText());
                    text.append(reader.getText());
                }
                default -> {
                    // Comments and processing instructions are no part of a property's value.
                }
            }
        }
    }

    private static SequencedMap<String, String> declarations(XMLStreamReader reader) {
        SequencedMap<String, String> declared = new TreeMap<>();
        for (int i = 0; i < reader.getNamespaceCount(); i++) {
            declared.put(orEmpty(reader.getNamespacePrefix(i)), orEmpty(reader.getNamespaceURI(i)));
        }
        return declared;
    }

    private static void start(XMLStreamReader reader, Map<String, String> namespaces, String language, XmlOutput out)
            throws IOException {
        out.markup("<").markup(qualifiedName(reader));
        for (Map.Entry<String, String> declared : new TreeMap<>(namespaces).entrySet()) {
            String prefix = declared.getKey();
            if (!prefix.equals("xml")) {
                out.markup(prefix.isEmpty() ? " xmlns" : " xmlns:" + prefix).markup("=\"");
                out.attribute(declared.getValue()).markup("\"");
            }
        }
        boolean languageWritten = language.isEmpty();
        for (int i = 0; i < reader.getAttributeCount(); i++) {
            String prefix = orEmpty(reader.getAttributePrefix(i));
            String name =
                    prefix.isEmpty() ? reader.getAttributeLocalName(i) : prefix + ":" + reader.getAttributeLocalName(i);
            languageWritten |= name.equals("xml:lang");
            out.markup(" ").markup(name).markup("=\"");
            out.attribute(reader.getAttributeValue(i)).markup("\"");
        }
        if (!languageWritten) {
            out.markup(" xml:lang=\"").attribute(language).markup("\"");
        }
        out.markup(">");
    }

    private static String qualifiedName(XMLStreamReader reader) {
        String prefix = orEmpty(reader.getPrefix());
        return prefix.isEmpty() ? reader.getLocalName() : prefix + ":" + reader.getLocalName();
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }
}
