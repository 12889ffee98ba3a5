package io.varve.s3.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EncodedWordsTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "plain text", "=?UTF-8?B?", "a =? b ?= c", "=?no such charset?B?YQ==?="})
    void leavesPlainTextAlone(String text) {
        assertThat(EncodedWords.encode(text)).isEqualTo(text);
        assertThat(EncodedWords.decode(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ä", "grün €", "\ud83d\ude00", "a\tb"})
    void comesBackAsItWas(String text) {
        assertThat(EncodedWords.encode(text)).startsWith("=?UTF-8?B?").isPrintable();
        assertThat(EncodedWords.decode(EncodedWords.encode(text))).isEqualTo(text);
    }

    @Test
    void keepsWordsShortAndCharactersWhole() {
        String text = "\ud83d\ude00ä".repeat(100);
        assertThat(EncodedWords.encode(text).split(" "))
                .hasSizeGreaterThan(5)
                .allSatisfy(word -> assertThat(word).hasSizeLessThanOrEqualTo(75));
        assertThat(EncodedWords.decode(EncodedWords.encode(text))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "=?iso-8859-1?q?gr=FCn_a?=, grün a",
        "x =?UTF-8?B?w6Q=?= y, x ä y",
        "=?UTF-8?Q?a=?=, =?UTF-8?Q?a=?=",
        "=?UTF-8?B?*?=, =?UTF-8?B?*?=",
        "=?x-none?B?YQ==?=, =?x-none?B?YQ==?=",
    })
    void readsWhatOthersWrite(String sent, String text) {
        assertThat(EncodedWords.decode(sent)).isEqualTo(text);
    }
}
