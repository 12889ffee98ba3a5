package io.varve.webdav.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.webdav.wire.RangeHeader.Range;
import io.varve.webdav.wire.RangeHeader.Selection;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTest {

    @Nested
    class DepthHeader {

        @Test
        void readsTheThreeValues() {
            assertThat(Depth.parse(Optional.of("0"), Depth.INFINITY)).isEqualTo(Depth.ZERO);
            assertThat(Depth.parse(Optional.of(" 1 "), Depth.INFINITY)).isEqualTo(Depth.ONE);
            assertThat(Depth.parse(Optional.of("Infinity"), Depth.ZERO)).isEqualTo(Depth.INFINITY);
            assertThat(Depth.parse(Optional.empty(), Depth.ONE)).isEqualTo(Depth.ONE);
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "2", "-1", "1,noroot", "infinite"})
        void refusesAnythingElse(String value) {
            assertThatThrownBy(() -> Depth.parse(Optional.of(value), Depth.ZERO))
                    .isInstanceOf(WireException.class);
        }
    }

    @Nested
    class TimeoutHeader {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "Second-600|600",
                    "second-600|600",
                    "Infinite|86400",
                    "Infinite, Second-4100000000|86400",
                    "Extended, Second-5|5",
                    "Second-0|1",
                    "Second-99999999999999999999999999|86400",
                    "Second-|3600",
                    "Second--5|3600",
                    "soon|3600"
                })
        void grantsTheFirstWishItUnderstands(String header, long seconds) {
            assertThat(LockTimeout.grant(Optional.of(header), 3600, 86_400)).isEqualTo(seconds);
        }

        @Test
        void grantsTheDefaultWithoutAWish() {
            assertThat(LockTimeout.grant(Optional.empty(), 3600, 86_400)).isEqualTo(3600);
        }
    }

    @Nested
    class Ranges {

        private static Selection one(long first, long length) {
            return new Selection.Parts(List.of(new Range(first, length)));
        }

        @Test
        void selectsFromAnOffsetUpToAnOffsetAndFromTheEnd() {
            assertThat(RangeHeader.select("bytes=0-0", 10)).isEqualTo(one(0, 1));
            assertThat(RangeHeader.select("bytes=3-5", 10)).isEqualTo(one(3, 3));
            assertThat(RangeHeader.select("bytes=3-", 10)).isEqualTo(one(3, 7));
            assertThat(RangeHeader.select("bytes=3-99", 10)).isEqualTo(one(3, 7));
            assertThat(RangeHeader.select("bytes=-4", 10)).isEqualTo(one(6, 4));
            assertThat(RangeHeader.select("bytes=-99", 10)).isEqualTo(one(0, 10));
            assertThat(RangeHeader.select("Bytes = 0-0", 10)).isEqualTo(one(0, 1));
            assertThat(RangeHeader.select("bytes=5-99999999999999999999999", 10))
                    .isEqualTo(one(5, 5));
        }

        @Test
        void keepsTheOrderOfSeveralAndDropsThoseOutside() {
            assertThat(RangeHeader.select("bytes=6-7, 0-1,,50-60, -1", 10))
                    .isEqualTo(new Selection.Parts(List.of(new Range(6, 2), new Range(0, 2), new Range(9, 1))));
        }

        @ParameterizedTest
        @ValueSource(strings = {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99-100,200-"})
        void isUnsatisfiableOutsideTheContent(String header) {
            assertThat(RangeHeader.select(header, 10)).isEqualTo(new Selection.Unsatisfiable());
        }

        @Test
        void isUnsatisfiableInAnEmptyFile() {
            assertThat(RangeHeader.select("bytes=0-", 0)).isEqualTo(new Selection.Unsatisfiable());
            assertThat(RangeHeader.select("bytes=-5", 0)).isEqualTo(new Selection.Unsatisfiable());
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "bytes",
                    "bytes=",
                    "bytes=,",
                    "items=0-1",
                    "bytes=a-b",
                    "bytes=5-3",
                    "bytes=-",
                    "bytes=1",
                    "bytes=1-2-3",
                    "bytes=0-9,0-9"
                })
        void ignoresWhatIsNoRangeOrMoreThanTheWhole(String header) {
            assertThat(RangeHeader.select(header, 10)).isEqualTo(new Selection.Whole());
        }

        @Test
        void answersTooManyRangesWithTheWhole() {
            String many = "bytes=" + String.join(",", Collections.nCopies(RangeHeader.RANGES_MAX + 1, "0-0"));
            assertThat(RangeHeader.select(many, 1000)).isEqualTo(new Selection.Whole());
        }
    }

    @Nested
    class EntityTags {

        @Test
        void comparesStronglyAndWeakly() {
            EntityTagList list = EntityTagList.parse("\"a\", W/\"b\",\"with, comma\"");
            assertThat(list.matchesStrongly(true, Optional.of("a"))).isTrue();
            assertThat(list.matchesStrongly(true, Optional.of("b"))).isFalse();
            assertThat(list.matchesWeakly(true, Optional.of("b"))).isTrue();
            assertThat(list.matchesStrongly(true, Optional.of("with, comma"))).isTrue();
            assertThat(list.matchesWeakly(true, Optional.of("c"))).isFalse();
            assertThat(list.matchesWeakly(true, Optional.empty())).isFalse();
        }

        @Test
        void matchesAnythingThatExistsByAStar() {
            assertThat(EntityTagList.parse(" * ").matchesStrongly(true, Optional.empty()))
                    .isTrue();
            assertThat(EntityTagList.parse("*").matchesWeakly(false, Optional.empty()))
                    .isFalse();
        }

        @ParameterizedTest
        @ValueSource(strings = {"", ",", "a", "\"a", "\"a\" b", "*, \"a\"", "w/\"a\""})
        void refusesWhatIsNoList(String header) {
            assertThatThrownBy(() -> EntityTagList.parse(header)).isInstanceOf(WireException.class);
        }
    }

    @Nested
    class Dates {

        private final Instant time = Instant.parse("1994-11-06T08:49:37Z");

        @ParameterizedTest
        @ValueSource(
                strings = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"
                })
        void readsAllThreeForms(String text) {
            assertThat(HttpDate.parse(text)).contains(time);
        }

        @Test
        void writesOne() {
            assertThat(HttpDate.format(time.plusNanos(999))).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
            assertThat(HttpDate.formatIso(time)).isEqualTo("1994-11-06T08:49:37Z");
        }

        @Test
        void writesAnyMomentAsTheLibraryDoes() {
            DateTimeFormatter library = DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US);
            Random random = new Random(4);
            for (int i = 0; i < 1000; i++) {
                // Some lie before the year 0, and some behind the year 9999.
                Instant any = Instant.ofEpochSecond(random.nextLong(-100_000_000_000L, 400_000_000_000L));
                assertThat(HttpDate.format(any)).isEqualTo(library.format(any.atOffset(ZoneOffset.UTC)));
                assertThat(HttpDate.formatIso(any).length()).isGreaterThanOrEqualTo(20);
                if (any.atOffset(ZoneOffset.UTC).getYear() <= 9999
                        && any.atOffset(ZoneOffset.UTC).getYear() > 0) {
                    assertThat(HttpDate.formatIso(any)).isEqualTo(any.toString());
                }
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "yesterday", "Sun, 31 Feb 1994 08:49:37 GMT x", "0"})
        void isEmptyForAnythingElse(String text) {
            assertThat(HttpDate.parse(text)).isEmpty();
        }
    }
}
