package io.varve.webdav.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamReader;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlTest {

    private static final int BYTES_MAX = 10_000;

    private static <T> Optional<T> read(String xml, XmlBody.Reading<T> reading) throws IOException {
        return XmlBody.read(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)), BYTES_MAX, reading);
    }

    private static <T> void assertRefused(int status, String xml, XmlBody.Reading<T> reading) {
        assertThatThrownBy(() -> read(xml, reading))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.status()).isEqualTo(status));
    }

    @Nested
    class Output {

        private static String attribute(String text) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            XmlOutput out = new XmlOutput(bytes);
            out.markup("<e a=\"")
                    .attribute(text)
                    .markup("\">")
                    .text(text)
                    .markup("</e>")
                    .flush();
            return bytes.toString(StandardCharsets.UTF_8);
        }

        @Test
        void escapesMarkupAndWhatParsersWouldChange() throws IOException {
            assertThat(attribute("<&>\"'\r\n\té€😀"))
                    .isEqualTo("<e a=\"&lt;&amp;&gt;&quot;'&#13;&#10;&#9;é€😀\">&lt;&amp;&gt;\"'&#13;\n\té€😀</e>");
        }

        @Test
        void replacesWhatXmlCannotHold() throws IOException {
            String bad = "\u0001\uD800x\uDC00\uFFFE\uFFFF\u000B";
            assertThat(attribute(bad))
                    .isEqualTo(
                            "<e a=\"\uFFFD\uFFFDx\uFFFD\uFFFD\uFFFD\uFFFD\">\uFFFD\uFFFDx\uFFFD\uFFFD\uFFFD\uFFFD</e>");
        }

        @Test
        void isReadBackByAParserAsItWas() throws Exception {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            for (int i = 0; i < 200; i++) {
                String text = random.ints(random.nextInt(40_000 / (1 + random.nextInt(1000)) + 1), 0x9, 0x20000)
                        .map(c -> random.nextBoolean() ? "<>&\"'\t\n\r a".charAt(c % 10) : c)
                        .filter(c -> c >= 0x20 || c == '\t' || c == '\n' || c == '\r')
                        .filter(c -> (c < 0xD800 || c > 0xDFFF) && c != 0xFFFE && c != 0xFFFF)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
                XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
                factory.setProperty(XMLInputFactory.IS_COALESCING, true);
                byte[] xml = attribute(text).getBytes(StandardCharsets.UTF_8);
                XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(xml));
                reader.next();
                assertThat(reader.getAttributeValue(0)).as("seed %d", seed).isEqualTo(text);
                assertThat(reader.getElementText()).as("seed %d", seed).isEqualTo(text);
            }
        }
    }

    @Nested
    class Body {

        @Test
        void isEmptyWithoutAByte() throws IOException {
            assertThat(read("", PropFindBody::read)).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "<!DOCTYPE propfind><propfind xmlns='DAV:'><allprop/></propfind>",
                    "<!DOCTYPE p [<!ENTITY a 'x'>]><propfind xmlns='DAV:'><prop><b>&a;</b></prop></propfind>",
                    "<!DOCTYPE p [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><propfind"
                            + " xmlns='DAV:'><prop><b>&a;</b></prop></propfind>",
                    "<!DOCTYPE p SYSTEM 'http://127.0.0.1:1/x.dtd'><propfind xmlns='DAV:'><allprop/></propfind>",
                    "<!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c"
                            + " '&b;&b;&b;&b;&b;&b;'>]><propfind xmlns='DAV:'><prop><b>&c;</b></prop></propfind>"
                })
        void refusesDocumentTypesAndEntities(String xml) {
            assertRefused(400, xml, PropFindBody::read);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "x",
                    "<propfind xmlns='DAV:'>",
                    "<propfind xmlns='DAV:'><allprop/></propfind><more/>",
                    "<propfind xmlns='DAV:'><allprop/></propfind>text",
                    "<D:propfind xmlns:D='DAV:' xmlns:foo=''><D:allprop/></D:propfind>",
                    "<D:propfind><D:allprop/></D:propfind>",
                    "<propfind xmlns='DAV:'><prop><a>&unknown;</a></prop></propfind>",
                    "<propfind xmlns='DAV:'></propfind>",
                    "<propfind xmlns='DAV:'><allprop/><propname/></propfind>",
                    "<propfind><allprop/></propfind>",
                    "<propertyupdate xmlns='DAV:'/>"
                })
        void refusesWhatIsNoPropfind(String xml) {
            assertRefused(400, xml, PropFindBody::read);
        }

        @ParameterizedTest
        @ValueSource(strings = {"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE"})
        void readsTheEncodingsThatRfc4918Demands(String charset) throws IOException {
            String xml = "<propfind xmlns='DAV:'><prop><\u00e9 xmlns='x'/></prop></propfind>";
            for (String mark : charset.endsWith("16") ? new String[] {""} : new String[] {"", "\uFEFF"}) {
                byte[] bytes = (mark + xml).getBytes(Charset.forName(charset));
                assertThat(XmlBody.read(new ByteArrayInputStream(bytes), BYTES_MAX, PropFindBody::read))
                        .contains(new PropFindBody.Some(Set.of(new PropertyName("x", "\u00e9"))));
            }
        }

        @Test
        void refusesWhatIsTooLongOrTooDeep() {
            assertRefused(
                    413,
                    "<propfind xmlns='DAV:'><allprop/>" + " ".repeat(BYTES_MAX) + "</propfind>",
                    PropFindBody::read);
            String deep = "<a>".repeat(XmlBody.DEPTH_MAX) + "</a>".repeat(XmlBody.DEPTH_MAX);
            assertRefused(400, "<propfind xmlns='DAV:'><allprop/>" + deep + "</propfind>", PropFindBody::read);
        }

        @Test
        void letsAFailedConnectionThrough() {
            InputStream cut = new InputStream() {
                private int left = 20;

                @Override
                public int read() throws IOException {
                    if (left-- <= 0) {
                        throw new IOException("cut");
                    }
                    return "<propfind xmlns='DAV:'>".charAt(19 - left);
                }

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    bytes[offset] = (byte) read();
                    return 1;
                }
            };
            assertThatThrownBy(() -> XmlBody.read(cut, BYTES_MAX, PropFindBody::read))
                    .isInstanceOf(IOException.class)
                    .hasMessage("cut");
        }

        @Test
        void givesADocumentOrARefusalForAnyBytes() throws IOException {
            long seed = System.nanoTime();
            Random random = new Random(seed);
            byte[] good = ("<?xml version='1.0'?><D:propertyupdate xmlns:D='DAV:'><D:set><D:prop><x:a xmlns:x='u'"
                            + " y='1'>v<b/>"
                            + "</x:a></D:prop></D:set><D:remove><D:prop><c/></D:prop></D:remove></D:propertyupdate>")
                    .getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 5_000; i++) {
                byte[] bytes = good.clone();
                for (int n = random.nextInt(4); n >= 0; n--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
                try {
                    assertThat(XmlBody.read(new ByteArrayInputStream(bytes), BYTES_MAX, PropertyUpdate::read))
                            .as("seed %d", seed)
                            .isPresent();
                } catch (WireException e) {
                    assertThat(e.status()).isEqualTo(400);
                }
            }
        }
    }

    @Nested
    class Documents {

        @Test
        void readsWhatAPropfindAsksFor() throws IOException {
            PropertyName etag = PropertyName.dav("getetag");
            PropertyName own = new PropertyName("urn:x", "own");
            assertThat(read(
                            "<D:propfind xmlns:D='DAV:'><D:prop><D:getetag/><own xmlns='urn:x'/></D:prop></D:propfind>",
                            PropFindBody::read))
                    .contains(new PropFindBody.Some(Set.of(etag, own)));
            assertThat(read("<propfind xmlns='DAV:'><propname/></propfind>", PropFindBody::read))
                    .contains(new PropFindBody.Names());
            assertThat(read(
                            "<propfind xmlns='DAV:'><unknown xmlns='x'><prop/></unknown><include><own"
                                    + " xmlns='urn:x'/></include><allprop/></propfind>",
                            PropFindBody::read))
                    .contains(new PropFindBody.All(Set.of(own)));
            assertThat(read("<propfind xmlns='DAV:'><prop/></propfind>", PropFindBody::read))
                    .contains(new PropFindBody.Some(Set.of()));
        }

        @Test
        void readsChangesInDocumentOrderWithNamespacesAndLanguage() throws IOException {
            PropertyUpdate update = read(
                            "<D:propertyupdate xmlns:D='DAV:' xmlns:p='urn:p'><D:set xml:lang='de'><D:prop>"
                                    + "<p:a q='1'>x &amp; <p:b>y</p:b><!-- no --><![CDATA[<z>]]></p:a></D:prop></D:set>"
                                    + "<D:remove><D:prop><p:a/></D:prop></D:remove>"
                                    + "<D:set><D:prop><c xml:lang='en'/></D:prop></D:set></D:propertyupdate>",
                            PropertyUpdate::read)
                    .orElseThrow();
            assertThat(update.changes())
                    .containsExactly(
                            new PropertyUpdate.Set(
                                    new PropertyName("urn:p", "a"),
                                    new XmlFragment(
                                            "<p:a xmlns:D=\"DAV:\" xmlns:p=\"urn:p\" q=\"1\" xml:lang=\"de\">x &amp;"
                                                    + " <p:b>y</p:b>&lt;z&gt;</p:a>",
                                            "x & y<z>",
                                            List.of(new PropertyName("urn:p", "b")))),
                            new PropertyUpdate.Remove(new PropertyName("urn:p", "a")),
                            new PropertyUpdate.Set(
                                    new PropertyName("", "c"),
                                    new XmlFragment(
                                            "<c xmlns:D=\"DAV:\" xmlns:p=\"urn:p\" xml:lang=\"en\"></c>",
                                            "",
                                            List.of())));
        }

        private void readLong(String body) throws IOException {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            XmlBody.read(new ByteArrayInputStream(bytes), bytes.length, PropertyUpdate::read);
        }

        /** Each property that is kept repeats the namespaces around it. */
        @Test
        void refusesWhatGrowsFarBeyondItsOwnLength() {
            String instruction = "<D:set><D:prop><a/><b/><c/></D:prop></D:set>";
            for (Map.Entry<Integer, Integer> one : Map.of(1000, 400, 100, 413).entrySet()) {
                StringBuilder body = new StringBuilder("<D:propertyupdate xmlns:D='DAV:'");
                for (int i = 0; i < one.getKey(); i++) {
                    body.append(" xmlns:n")
                            .append(i)
                            .append("='")
                            .append("u".repeat(500))
                            .append('\'');
                }
                body.append('>').append(instruction.repeat(100)).append("</D:propertyupdate>");
                assertThatThrownBy(() -> readLong(body.toString()))
                        .isInstanceOfSatisfying(
                                WireException.class, e -> assertThat(e.status()).isEqualTo(one.getValue()));
            }
        }

        @Test
        void readsALockRequest() throws IOException {
            assertThat(read(
                            "<D:lockinfo"
                                    + " xmlns:D='DAV:'><D:locktype><D:write/></D:locktype><D:lockscope><D:shared/></D:lockscope>"
                                    + "<D:owner><D:href>me</D:href></D:owner></D:lockinfo>",
                            LockInfo::read))
                    .contains(new LockInfo(false, "<D:owner xmlns:D=\"DAV:\"><D:href>me</D:href></D:owner>"));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "<lockinfo xmlns='DAV:'/>",
                    "<lockinfo xmlns='DAV:'><lockscope><exclusive/></lockscope></lockinfo>",
                    "<lockinfo xmlns='DAV:'><locktype><write/></locktype></lockinfo>",
                    "<lockinfo xmlns='DAV:'><locktype><write/></locktype><lockscope><local/></lockscope></lockinfo>",
                    "<propfind xmlns='DAV:'/>"
                })
        void refusesALockRequestThatIsNone(String xml) {
            assertRefused(400, xml, LockInfo::read);
        }

        @ParameterizedTest
        @ValueSource(strings = {"{DAV:}getetag", "{}bare", "{urn:{odd}x}name"})
        void readsPropertyNamesBack(String word) {
            assertThat(PropertyName.ofWord(word).map(PropertyName::word)).contains(word);
        }
    }
}
