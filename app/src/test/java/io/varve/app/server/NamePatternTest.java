package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternTest {
    @ParameterizedTest
    @CsvSource({
        "report, Field-Report.md, true",
        "rep.rt, Field-Report.md, false",
        "*.md, Field-Report.md, true",
        "*.md, Field-Report.mdx, false",
        "f*r*.m?, Field-Report.md, true",
        "f*x*.m?, Field-Report.md, false",
        "?, a, true",
        "?, ab, false",
        "**, anything, true",
        "ÜBER*, übersicht, true",
        "*a*a*a*a*a*a*a*a*b, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, false",
    })
    void matches(String pattern, String name, boolean expected) {
        assertThat(new NamePattern(pattern).matches(name)).isEqualTo(expected);
    }
}
