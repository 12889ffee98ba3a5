package io.varve.webdav.wire;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * A request's XML, read as a stream by the JDK's own parser: bounded in bytes and depth, without document
 * types, entities of its own, or anything fetched from elsewhere.
 */
public final class XmlBody {

    /** Elements nested deeper are refused: no client needs it, and recursion must end somewhere. */
    static final int DEPTH_MAX = 128;

    private static final XMLInputFactory FACTORY = factory();

    private XmlBody() {}

    /** Reads one kind of document, positioned at its root element. */
    @FunctionalInterface
    public interface Reading<T> {

        /**
         * Reads the document up to the end of its root element.
         *
         * @throws XMLStreamException if the XML is not well-formed
         * @throws WireException if the document is not of that kind
         */
        T read(XmlCursor root) throws XMLStreamException;
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, true);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
        factory.setXMLResolver((publicId, systemId, base, namespace) -> InputStream.nullInputStream());
        return factory;
    }

    /**
     * Reads a body.
     *
     * @param body the request's body; not closed
     * @param bytesMax its longest allowed length
     * @param reading what to make of it
     * @return the document, or empty if the body has no byte
     * @throws WireException 400 if it is not well-formed, has a document type or is not what the reading
     *     expects; 413 if it is too long
     * @throws IOException if the connection failed
     */
    public static <T> Optional<T> read(InputStream body, long bytesMax, Reading<T> reading) throws IOException {
        Bounded bounded = new Bounded(body, bytesMax);
        BufferedInputStream in = new BufferedInputStream(bounded);
        in.mark(2);
        int first = in.read();
        int second = in.read();
        in.reset();
        if (first < 0) {
            return Optional.empty();
        }
        if (first == 0xEF && second == 0xBB) {
            in.skip(3); // UTF-8's byte order mark, which Java's decoder would pass on as a character.
        }
        try {
            CharsetDecoder decoder = charset(first, second).newDecoder();
            XMLStreamReader reader = FACTORY.createXMLStreamReader(new InputStreamReader(in, decoder));
            int event = reader.getEventType();
            while (event != XMLStreamConstants.START_ELEMENT) {
                if (event == XMLStreamConstants.DTD) {
                    throw WireException.malformed("A request's XML may not have a document type.");
                }
                event = reader.next();
            }
            T document = reading.read(new XmlCursor(reader));
            while (reader.hasNext()) {
                reader.next(); // What follows the root element must be well-formed, too.
            }
            return Optional.of(document);
        } catch (XMLStreamException e) {
            // The parser reports bytes that are no characters as an IOException, too: only the body knows.
            if (bounded.failure != null) {
                throw bounded.failure;
            }
            throw WireException.malformed("The request's XML is not well-formed.");
        }
    }

    /**
     * The encoding by the first two bytes: the two that RFC 4918 section 8.2 demands. Decoding here and not in
     * the parser keeps it from printing to the server's standard error what it thinks of the bytes.
     */
    private static Charset charset(int first, int second) {
        boolean utf16 = first == 0 || second == 0 || (first >= 0xFE && second >= 0xFE);
        return !utf16 ? StandardCharsets.UTF_8 : first == '<' ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_16;
    }

    /** What a body that is too long is refused with. */
    public static WireException tooLong(long bytesMax) {
        return new WireException(413, "The request's XML is longer than " + bytesMax + " bytes.");
    }

    /** Ends a body that is too long with an exception the parser lets through, and remembers a failed connection. */
    private static final class Bounded extends InputStream {

        private final InputStream in;
        private final long bytesMax;
        private long left;
        private @Nullable IOException failure;

        Bounded(InputStream in, long bytesMax) {
            this.in = in;
            this.bytesMax = bytesMax;
            this.left = bytesMax;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                int read = in.read(bytes, offset, length);
                left -= Math.max(read, 0);
                if (left < 0) {
                    throw tooLong(bytesMax);
                }
                return read;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }
}
