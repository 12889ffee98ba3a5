package io.varve.s3.xml;

import java.nio.charset.StandardCharsets;

/**
 * Writes one S3 document. Not thread-safe.
 *
 * <p>Characters that XML 1.0 cannot carry (a control character in a key, say) are written as numeric references, as
 * Amazon S3 writes them: a strict parser refuses them, and clients that expect such keys ask for
 * {@code encoding-type=url}. Lone surrogates, which no parser accepts, become U+FFFD.
 */
public final class XmlWriter {

    /** The namespace of all S3 documents but errors. */
    public static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

    private final StringBuilder out = new StringBuilder(512);
    private final String root;

    private XmlWriter(String declaration, String root, String attributes) {
        this.root = root;
        out.append(declaration).append('<').append(root).append(attributes).append('>');
    }

    private XmlWriter(String root, String attributes) {
        this("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", root, attributes);
    }

    /** A document of the S3 namespace. */
    public static XmlWriter document(String root) {
        return document(root, NAMESPACE);
    }

    /** A document of another namespace. */
    public static XmlWriter document(String root, String namespace) {
        return new XmlWriter(root, " xmlns=\"" + namespace + "\"");
    }

    /** A document of the S3 namespace that holds only text. */
    public static XmlWriter documentOfText(String root, String text) {
        XmlWriter writer = document(root);
        writer.escape(text);
        return writer;
    }

    /** A document without a namespace, as errors are. */
    public static XmlWriter plainDocument(String root) {
        return new XmlWriter(root, "");
    }

    /** A page for browsers. */
    public static XmlWriter html() {
        return new XmlWriter("<!DOCTYPE html>\n", "html", "");
    }

    public XmlWriter open(String element) {
        out.append('<').append(element).append('>');
        return this;
    }

    public XmlWriter close(String element) {
        out.append("</").append(element).append('>');
        return this;
    }

    /** An element with text. */
    public XmlWriter text(String element, String text) {
        open(element);
        escape(text);
        return close(element);
    }

    public XmlWriter text(String element, long number) {
        open(element);
        out.append(number);
        return close(element);
    }

    public XmlWriter text(String element, boolean value) {
        return text(element, value ? "true" : "false");
    }

    /** Ends the document. */
    public byte[] finish() {
        close(root);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void escape(String text) {
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < 0xd800 && c != '&' && c != '<' && c != '>' && c != '"') {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            out.append(text, plain, i);
            plain = i + 1;
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\uffff', '\ufffe' -> out.append('\ufffd');
                default -> {
                    if (Character.isSurrogate(c)) {
                        out.append('\ufffd');
                    } else if (c < ' ') {
                        out.append("&#").append((int) c).append(';');
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append(text, plain, text.length());
    }
}
