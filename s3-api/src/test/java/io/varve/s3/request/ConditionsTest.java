package io.varve.s3.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.request.Conditions.Outcome;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConditionsTest {

    private static final Instant MODIFIED = Instant.parse("2026-11-20T10:00:00.750Z");
    private static final String BEFORE = "Fri, 20 Nov 2026 09:59:59 GMT";
    private static final String SAME = "Fri, 20 Nov 2026 10:00:00 GMT";

    private static Outcome evaluate(String... namesAndValues) {
        Headers.Builder headers = new Headers.Builder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return Conditions.of(headers.build(), "").evaluate("abc", MODIFIED);
    }

    @ParameterizedTest
    @CsvSource({
        "If-Match, '\"abc\"', HOLDS",
        "If-Match, abc, HOLDS",
        "If-Match, '\"x\", \"abc\"', HOLDS",
        "If-Match, *, HOLDS",
        "If-Match, '\"x\"', FAILED",
        "If-None-Match, '\"abc\"', NOT_MODIFIED",
        "If-None-Match, 'W/\"abc\"', NOT_MODIFIED",
        "If-None-Match, *, NOT_MODIFIED",
        "If-None-Match, '\"x\"', HOLDS",
        "If-Modified-Since, 'Fri, 20 Nov 2026 10:00:00 GMT', NOT_MODIFIED",
        "If-Modified-Since, 'Fri, 20 Nov 2026 09:59:59 GMT', HOLDS",
        "If-Modified-Since, nonsense, HOLDS",
        "If-Unmodified-Since, 'Fri, 20 Nov 2026 10:00:00 GMT', HOLDS",
        "If-Unmodified-Since, 'Fri, 20 Nov 2026 09:59:59 GMT', FAILED",
        "If-Unmodified-Since, 'Friday, 20-Nov-26 09:59:59 GMT', FAILED",
        "If-Unmodified-Since, 'Fri Nov 20 09:59:59 2026', FAILED",
    })
    void evaluatesOneCondition(String name, String value, Outcome outcome) {
        assertThat(evaluate(name, value)).isEqualTo(outcome);
    }

    @Test
    void letsTagsDecideBeforeDates() {
        assertThat(evaluate("If-Match", "abc", "If-Unmodified-Since", BEFORE)).isEqualTo(Outcome.HOLDS);
        assertThat(evaluate("If-None-Match", "abc", "If-Modified-Since", BEFORE))
                .isEqualTo(Outcome.NOT_MODIFIED);
        assertThat(evaluate("If-None-Match", "x", "If-Modified-Since", SAME)).isEqualTo(Outcome.HOLDS);
        assertThat(evaluate("If-Match", "x", "If-None-Match", "abc")).isEqualTo(Outcome.FAILED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Mon, 02 Nov 2026 03:04:05 GMT",
                "Mon, 2 Nov 2026 03:04:05 GMT",
                "Mon, 02 Nov 2026 03:04:05 UTC",
                "Mon, 02 Nov 2026 04:04:05 +0100",
                "Monday, 02-Nov-26 03:04:05 GMT",
                "Mon Nov  2 03:04:05 2026",
                "2026-11-02T03:04:05Z",
            })
    void readsDatesInTheFormsThatClientsWrite(String text) {
        assertThat(HttpDate.parse(text)).contains(Instant.parse("2026-11-02T03:04:05Z"));
        assertThat(HttpDate.parse("some " + text)).isEmpty();
    }

    @Test
    void readsSignedDatesWhateverDayTheySay() {
        assertThat(HttpDate.parseWithoutDay("Friday, 02 Nov 2026 03:04:05 UTC"))
                .contains(Instant.parse("2026-11-02T03:04:05Z"));
    }

    @Test
    void writesDatesAsHeadersAndDocumentsWantThem() {
        assertThat(HttpDate.format(Instant.parse("2026-11-02T03:04:05.6Z"))).isEqualTo("Mon, 02 Nov 2026 03:04:05 GMT");
        assertThat(HttpDate.formatIso(Instant.parse("2026-11-02T03:04:05Z"))).isEqualTo("2026-11-02T03:04:05.000Z");
        assertThat(HttpDate.formatIso(Instant.parse("2026-11-02T03:04:05.67891Z")))
                .isEqualTo("2026-11-02T03:04:05.678Z");
    }
}
