package io.varve.s3.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.request.ByteRange.Slice;
import io.varve.s3.request.ByteRange.Unsatisfiable;
import io.varve.s3.request.ByteRange.Whole;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {

    @ParameterizedTest
    @CsvSource({
        "bytes=0-9, 0, 10",
        "bytes=0-0, 0, 1",
        "bytes=90-, 90, 10",
        "bytes=90-1000, 90, 10",
        "bytes=99-99, 99, 1",
        "bytes=-10, 90, 10",
        "bytes=-1000, 0, 100",
        "BYTES=5-6, 5, 2",
        "bytes=5-99999999999999999999999, 5, 95",
    })
    void findsTheSlice(String header, long offset, long length) {
        assertThat(ByteRange.parse(header, 100)).isEqualTo(new Slice(offset, length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999-"})
    void knowsWhatCannotBeSatisfied(String header) {
        assertThat(ByteRange.parse(header, 100)).isEqualTo(new Unsatisfiable());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=-",
                "bytes=a-b",
                "bytes=5",
                "bytes=6-5",
                "lines=0-1",
                "bytes=0-1,5-6",
                "bytes=--1",
                "bytes=1-x",
                "bytes= 5-6",
                "bytes=5 -6",
                "bytes=٣-٤"
            })
    void ignoresWhatItCannotRead(String header) {
        assertThat(ByteRange.parse(header, 100)).isEqualTo(new Whole());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=0-", "bytes=0-0", "bytes=-5"})
    void hasNothingToGiveOfEmptyContent(String header) {
        assertThat(ByteRange.parse(header, 0)).isEqualTo(new Unsatisfiable());
    }

    @Test
    void neverLeavesTheContent() {
        long seed = 7;
        Random random = new Random(seed);
        String alphabet = "0123456789-, =bytes";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder header = new StringBuilder("bytes=");
            for (int i = random.nextInt(10); i > 0; i--) {
                header.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            long size = random.nextInt(1000);
            if (ByteRange.parse(header.toString(), size) instanceof Slice slice) {
                assertThat(slice.offset()).as("%s of %d", header, size).isBetween(0L, size - 1);
                assertThat(slice.length()).as("%s of %d", header, size).isBetween(1L, size - slice.offset());
            }
        }
    }
}
