package io.varve.storage.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialRulesTest {
    @ParameterizedTest
    @ValueSource(strings = {"bob", "Bob.Smith@example.org", "a_b-c", "123", "..."})
    void namesThatMayBeChosen(String name) {
        assertThat(CredentialRules.problemWithName(name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bob smith", "bob:smith", "bob/smith", "jürgen", "bob\n", "bob\u0000"})
    void namesWithOtherCharactersAreToldTheRule(String name) {
        assertThat(CredentialRules.problemWithName(name))
                .hasValueSatisfying(
                        problem -> assertThat(problem).contains("digits").contains(". _ @ -"));
    }

    @Test
    void namesHaveThreeTo64Characters() {
        assertThat(CredentialRules.problemWithName("ab"))
                .hasValueSatisfying(
                        problem -> assertThat(problem).contains("3 to 64").contains("not 2"));
        assertThat(CredentialRules.problemWithName("a".repeat(64))).isEmpty();
        assertThat(CredentialRules.problemWithName("a".repeat(65))).isPresent();
        assertThat(CredentialRules.problemWithName("")).isPresent();
    }

    @Test
    void passwordsHaveEightTo128CharactersOfAnyScript() {
        assertThat(CredentialRules.problemWithPassword("1234567"))
                .hasValueSatisfying(
                        problem -> assertThat(problem).contains("8 to 128").contains("not 7"));
        assertThat(CredentialRules.problemWithPassword("12345678")).isEmpty();
        assertThat(CredentialRules.problemWithPassword("pässwört: ☃")).isEmpty();
        assertThat(CredentialRules.problemWithPassword("😀".repeat(128))).isEmpty();
        assertThat(CredentialRules.problemWithPassword("😀".repeat(129))).isPresent();
        assertThat(CredentialRules.problemWithPassword("p".repeat(129))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"12345678\n", "1234\u00005678", "1234\u00855678", "12345678\ud800"})
    void passwordsHaveNoControlOrBrokenCharacters(String password) {
        assertThat(CredentialRules.problemWithPassword(password))
                .hasValueSatisfying(problem -> assertThat(problem).contains("control characters"));
    }
}
