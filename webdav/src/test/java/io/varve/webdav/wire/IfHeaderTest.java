package io.varve.webdav.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.webdav.wire.IfHeader.ResourceState;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IfHeaderTest {

    /** The request's resource is locked with urn:a and has the tag "e"; /other is locked with urn:b. */
    private static final Map<Optional<String>, ResourceState> STATES = Map.of(
            Optional.empty(),
            new ResourceState(Optional.of("e"), Set.of("urn:a")),
            Optional.of("/other"),
            new ResourceState(Optional.empty(), Set.of("urn:b")));

    private static boolean holds(String header) {
        return IfHeader.parse(header).holds(name -> STATES.getOrDefault(name, ResourceState.UNKNOWN));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "(<urn:a>)|true",
                "(<urn:x>)|false",
                "([\"e\"])|true",
                "([W/\"e\"])|true",
                "([\"x\"])|false",
                "(<urn:a> [\"e\"])|true",
                "(<urn:a> [\"x\"])|false",
                "(<urn:a>[\"x\"]) ([\"e\"])|true",
                "(Not <urn:x>)|true",
                "(not <urn:a>)|false",
                "(Not <DAV:no-lock>)|true",
                "(<DAV:no-lock>)|false",
                "(<urn:x>) (Not <DAV:no-lock>)|true",
                "(Not [\"x\"] <urn:a>)|true",
                "</other> (<urn:b>)|true",
                "</other> (<urn:a>)|false",
                "</other> ([\"e\"])|false",
                "</nowhere> (Not <urn:b> Not [\"e\"])|true",
                "</nowhere> (<urn:b>) </other> (<urn:x>) (<urn:b>)|true",
                "  ( <urn:a>   [ \"e\" ] )  |true"
            })
    void decidesByAlternativesOfConditions(String header, boolean expected) {
        assertThat(holds(header)).isEqualTo(expected);
    }

    @Test
    void submitsEveryTokenWhereverItStands() {
        assertThat(IfHeader.parse("</a> (<urn:1> [\"e\"]) (Not <urn:2>) </b> (<urn:3>)")
                        .submittedTokens())
                .containsExactlyInAnyOrder("urn:1", "urn:2", "urn:3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "()",
                "(",
                "(<urn:a>",
                "<urn:a>",
                "(urn:a)",
                "(<>)",
                "(<urn:a)",
                "([e])",
                "([\"e\")",
                "([])",
                "(Not)",
                "(Not Not <urn:a>)",
                "(<urn:a>) x",
                "(<urn:a>))",
                "(<urn:a>) </tagged> (<urn:b>)",
                "</tagged>",
                "</tagged> </other> (<urn:a>)"
            })
    void refusesWhatBreaksTheGrammar(String header) {
        assertThatThrownBy(() -> IfHeader.parse(header))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.status()).isEqualTo(400));
    }

    @Test
    void givesAHeaderOrARefusalForAnyText() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] words = {
            "(", ")", "<urn:a>", "</x>", "[\"e\"]", "[W/\"e\"]", "Not", " ", "<", ">", "[", "]", "\"", "x", "\t"
        };
        int parsed = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "(" : "");
            for (int n = random.nextInt(8); n > 0; n--) {
                text.append(words[random.nextInt(words.length)]);
            }
            try {
                IfHeader header = IfHeader.parse(text.toString());
                header.holds(name -> ResourceState.UNKNOWN);
                assertThat(header.lists()).as("seed %d: %s", seed, text).isNotEmpty();
                parsed++;
            } catch (WireException e) {
                assertThat(e.status()).isEqualTo(400);
            }
        }
        assertThat(parsed).as("some texts are headers").isPositive();
    }
}
