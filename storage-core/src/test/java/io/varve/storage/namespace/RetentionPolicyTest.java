package io.varve.storage.namespace;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionPolicyTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "none;none",
                "Forever;forever",
                "30d;30d",
                "36h;36h",
                "90s;90s",
                "2w;14d",
                "1y;365d",
                "last=10;last=10",
                "30d, last=10 , hourly=24;30d,last=10,hourly=24",
                "monthly=12 weekly=8 daily=14;daily=14,weekly=8,monthly=12",
            })
    void isReadAndWritten(String text, String canonical) {
        RetentionPolicy policy = RetentionPolicy.parse(text).orElseThrow();
        assertThat(policy).hasToString(canonical);
        assertThat(RetentionPolicy.parse(canonical)).contains(policy);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "never",
                "0s",
                "last=0",
                "last=1001",
                "30",
                "30d,30d",
                "last=1,last=2",
                "yearly=1",
                "30d;daily=1",
                "999999999y",
                "none,30d",
                "-1d"
            })
    void whatIsNoneIsRefused(String text) {
        assertThat(RetentionPolicy.parse(text)).isEmpty();
    }

    @Test
    void ageCountsFromTheEnd() {
        RetentionPolicy policy = RetentionPolicy.of(Duration.ofHours(1));
        assertThat(policy.keptUntil(micros("2026-01-01T00:00:00Z"), micros("2026-03-01T00:00:00Z")))
                .isEqualTo(micros("2026-03-01T01:00:00Z"));
        assertThat(RetentionPolicy.FOREVER.keptUntil(0, 1)).isEqualTo(RetentionPolicy.NEVER);
    }

    @ParameterizedTest
    @CsvSource({
        // The newest hour's beginning within the validity is 11:00, and leaves the last 3 at 14:00.
        "hourly=3, 2026-11-20T10:30:00Z, 2026-11-20T11:10:00Z, 2026-11-20T14:00:00Z",
        // Between two hours nothing shows it.
        "hourly=3, 2026-11-20T10:30:00Z, 2026-11-20T10:50:00Z, 2026-11-20T10:50:00Z",
        // What ended exactly at the moment is not what it shows; what began then is.
        "hourly=3, 2026-11-20T10:30:00Z, 2026-11-20T11:00:00Z, 2026-11-20T11:00:00Z",
        "hourly=3, 2026-11-20T11:00:00Z, 2026-11-20T11:00:01Z, 2026-11-20T14:00:00Z",
        "daily=2, 2026-11-18T10:30:00Z, 2026-11-20T11:10:00Z, 2026-11-22T00:00:00Z",
        // 2026-11-16 is a Monday.
        "weekly=1, 2026-11-13T10:30:00Z, 2026-11-20T11:10:00Z, 2026-11-23T00:00:00Z",
        "monthly=2, 2026-01-13T10:30:00Z, 2026-02-01T00:00:01Z, 2026-04-01T00:00:00Z",
        "monthly=1, 2025-12-31T10:30:00Z, 2026-01-01T00:00:01Z, 2026-02-01T00:00:00Z",
    })
    void keptMomentsKeepWhatTheyShow(String rule, String begin, String end, String until) {
        RetentionPolicy policy = RetentionPolicy.parse(rule).orElseThrow();
        assertThat(EntryRow.instant(policy.keptUntil(micros(begin), micros(end))))
                .isEqualTo(Instant.parse(until));
    }

    @Test
    void aKeptMomentIsKeptAsLongAsWhatItShows() {
        RetentionPolicy policy = RetentionPolicy.parse("hourly=3,monthly=1").orElseThrow();
        long hour = micros("2026-11-20T11:00:00Z");
        assertThat(policy.keepsMoment(hour, micros("2026-11-20T13:59:59Z"))).isTrue();
        assertThat(policy.keepsMoment(hour, micros("2026-11-20T14:00:00Z"))).isFalse();
        assertThat(policy.keepsMoment(hour + 1, hour + 2)).isFalse();
        assertThat(policy.keepsMoment(micros("2026-11-01T00:00:00Z"), micros("2026-11-30T00:00:00Z")))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-20T100000Z, 2026-11-20T10:00:00Z",
        "2026-11-20T10:00:00Z, 2026-11-20T10:00:00Z",
        "2026-11-20t1000z, 2026-11-20T10:00:00Z",
        "20261120T100000.5Z, 2026-11-20T10:00:00.5Z",
        "2026-11-20T10:00:00.123456789Z, 2026-11-20T10:00:00.123456Z",
        "2026-11-20T10:00:00+01:30, 2026-11-20T08:30:00Z",
        "2026-11-20T10:00:00-0100, 2026-11-20T11:00:00Z",
        "2026-11-20T10:00, 2026-11-20T10:00:00Z",
        "2026-11-20, 2026-11-20T00:00:00Z",
    })
    void momentsAreReadInTheFormsOfIso8601(String text, String moment) {
        assertThat(Moments.parse(text)).contains(Instant.parse(moment));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "now",
                "2026-13-01",
                "2026-11-31",
                "2026-11-20T25:00Z",
                "2026-11-20T10:00:00+19:00",
                "12026-11-20",
                "2026-11"
            })
    void whatIsNoMomentIsRefused(String text) {
        assertThat(Moments.parse(text)).isEqualTo(Optional.empty());
    }

    @Test
    void theCompactFormIsReadBack() {
        Instant moment = Instant.parse("2026-11-20T10:00:00.000001Z");
        assertThat(Moments.compact(moment)).isEqualTo("2026-11-20T100000.000001Z");
        assertThat(Moments.parse(Moments.compact(moment))).contains(moment);
    }

    private static long micros(String time) {
        return EntryRow.micros(Instant.parse(time));
    }
}
