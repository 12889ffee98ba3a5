package io.varve.s3.xml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class XmlElementTest {

    private static XmlElement parse(String text) {
        return XmlElement.parse(text.getBytes(StandardCharsets.UTF_8), "Delete");
    }

    @Test
    void readsElementsWithAndWithoutNamespace() {
        for (String namespace : new String[] {"", " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""}) {
            XmlElement document = parse("<?xml version=\"1.0\"?><Delete" + namespace
                    + "><Quiet>true</Quiet><!-- c --><Object><Key>a&amp;b&#x20AC;<![CDATA[<c>]]></Key></Object>"
                    + "<Object><Key> d </Key></Object></Delete>");
            assertThat(document.childText("Quiet")).contains("true");
            assertThat(document.children("Object"))
                    .extracting(object -> object.childText("Key").orElseThrow())
                    .containsExactly("a&b€<c>", " d ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "text",
                "<Delete>",
                "<Delete></Other>",
                "<Other/>",
                "<Delete/><Delete/>",
                "<Delete/>rest",
                "<Delete>&undefined;</Delete>",
                "<!DOCTYPE Delete><Delete/>",
                "<!DOCTYPE Delete [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Delete>&x;</Delete>",
                "<!DOCTYPE Delete SYSTEM \"http://127.0.0.1:1/x.dtd\"><Delete/>",
                "<!DOCTYPE Delete [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]><Delete>&b;</Delete>",
                "<Delete><Key>\u0001</Key></Delete>",
            })
    void refusesWhatIsNoPlainDocument(String text) {
        assertMalformed(text);
    }

    @Test
    void boundsDepthAndNumberOfElements() {
        assertMalformed("<Delete>" + "<a>".repeat(100) + "</a>".repeat(100) + "</Delete>");
        assertMalformed("<Delete>" + "<a/>".repeat(130_000) + "</Delete>");
        assertThat(parse("<Delete>" + "<a/>".repeat(100_000) + "</Delete>").children())
                .hasSize(100_000);
    }

    @Test
    void answersAnyBytes() {
        long seed = 3;
        Random random = new Random(seed);
        byte[] valid = "<?xml version=\"1.0\"?><Delete><Object><Key>a&amp;b</Key></Object></Delete>"
                .getBytes(StandardCharsets.UTF_8);
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = valid.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                XmlElement.parse(bytes, "Delete");
            } catch (S3Exception e) {
                assertThat(e.error()).as("seed %d round %d", seed, round).isEqualTo(S3Error.MALFORMED_XML);
            }
        }
    }

    private static void assertMalformed(String text) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(S3Error.MALFORMED_XML));
    }

    @Test
    void writesWhatItReads() {
        String odd = "a<b>&\"'\r\n\t€😀";
        byte[] document = XmlWriter.plainDocument("Delete").text("Key", odd).finish();
        assertThat(XmlElement.parse(document, "Delete").childText("Key")).contains(odd);
    }

    @Test
    void writesControlCharactersAsReferencesAndHalfPairsAsReplacements() {
        String text = new String(
                XmlWriter.plainDocument("A").text("B", "x\u0001\ud800y\ufffe").finish(), StandardCharsets.UTF_8);
        assertThat(text).contains("<B>x&#1;\ufffdy\ufffd</B>");
    }
}
