package io.varve.s3.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Exception;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FormPartsTest {

    private static final String TYPE = "multipart/form-data; boundary=\"x y\"";

    /** Gives one byte at a time, so that every boundary falls between two reads. */
    private static InputStream slow(String text) {
        return new FilterInputStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return super.read(bytes, offset, Math.min(length, 1));
            }
        };
    }

    private static String part(String head, String content) {
        return "--x y\r\ncontent-disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n";
    }

    private static String text(FormParts.Part part) throws IOException {
        return new String(part.content().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void readsParts() throws IOException {
        String body =
                "preamble\r\n" + part("name=a", "1") + part("name=\"b \\\" ü\"; filename=\"c.d\"", "--x\r\n-- x y\r\n-")
                        + part("name=skipped", "not read") + part("name=empty", "") + "--x y--\r\nepilogue";
        FormParts parts = new FormParts(slow(body), TYPE);
        FormParts.Part first = parts.next().orElseThrow();
        assertThat(first.name()).isEqualTo("a");
        assertThat(first.filename()).isEmpty();
        assertThat(text(first)).isEqualTo("1");
        FormParts.Part second = parts.next().orElseThrow();
        assertThat(second.name()).isEqualTo("b \" ü");
        assertThat(second.filename()).contains("c.d");
        assertThat(text(second)).isEqualTo("--x\r\n-- x y\r\n-");
        assertThat(parts.next().orElseThrow().name()).isEqualTo("skipped");
        assertThat(text(parts.next().orElseThrow())).isEmpty();
        assertThat(parts.next()).isEmpty();
        assertThat(parts.next()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no boundary", "--x y", "--x y\r\n", "--x y\r\nname: value\r\n\r\nno name\r\n--x y--"})
    void refusesWhatIsNoForm(String body) {
        assertThatThrownBy(() -> new FormParts(slow(body), TYPE).next()).isInstanceOf(S3Exception.class);
    }

    @Test
    void noticesACutForm() throws IOException {
        FormParts parts = new FormParts(slow("--x y\r\ncontent-disposition: form-data; name=a\r\n\r\nhalf"), TYPE);
        FormParts.Part part = parts.next().orElseThrow();
        assertThatThrownBy(() -> text(part)).isInstanceOf(S3Exception.class);
    }

    @Test
    void boundsHeaders() {
        String endless = "--x y\r\nx: " + "y".repeat(70_000);
        assertThatThrownBy(() -> new FormParts(slow(endless), TYPE).next()).isInstanceOf(S3Exception.class);
        assertThatThrownBy(() -> new FormParts(slow(""), "multipart/form-data")).isInstanceOf(S3Exception.class);
    }

    @Test
    void readsParameters() {
        assertThat(FormParts.parameters("a; b=c ; D=\"e;f\" ;g")).isEqualTo(Map.of("b", "c", "d", "e;f"));
    }
}
