package io.varve.s3.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Exception;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorsRulesTest {

    private static CorsRules rules(String headers) {
        String document = "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>"
                + "<AllowedOrigin>https://*.example.org</AllowedOrigin>" + headers
                + "</CORSRule></CORSConfiguration>";
        return CorsRules.parse(document.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<AllowedHeader>no name</AllowedHeader>",
                "<AllowedHeader>a/b</AllowedHeader>",
                "<ExposeHeader>a:b</ExposeHeader>",
                "<ExposeHeader>x-*</ExposeHeader>"
            })
    void whatCanBeNoHeaderIsRefusedOnlyWhenItIsPut(String headers) {
        CorsRules rules = rules(headers);
        assertThatThrownBy(rules::requireNames).isInstanceOf(S3Exception.class);
        assertThat(rules.find("https://www.example.org", "GET", List.of())).isPresent();
    }

    @Test
    void namesOfHeadersMayHaveAStarWhereTheyAreAllowed() {
        assertThatCode(rules("<AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader>")::requireNames)
                .doesNotThrowAnyException();
    }
}
