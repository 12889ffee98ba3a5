package io.varve.storage.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.access.Argon2id.Cost;
import io.varve.storage.io.CorruptionException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
    private static final Cost CHEAP = new Cost(64, 1, 1);
    private static final String KNOWN =
            "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

    private static byte[] bytes(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** RFC 9106, section 5.3. */
    @Test
    void computesTheVectorOfTheStandard() {
        var parameters = Argon2id.parameters(new Cost(32, 3, 4), bytes(16, 2))
                .withSecret(bytes(8, 3))
                .withAdditional(bytes(12, 4))
                .build();
        assertThat(HexFormat.of().formatHex(Argon2id.hash(bytes(32, 1), parameters, 32)))
                .isEqualTo("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
    }

    /** The strings of the reference implementation's own tests, of the password "password" and the salt "somesalt". */
    @ParameterizedTest
    @ValueSource(
            strings = {
                KNOWN,
                "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
                "$argon2id$v=19$m=65536,t=1,p=1$c29tZXNhbHQ$9qWtwbpyPd3vm1rB1GThgPzZ3/ydHL92zKL+15XZypg"
            })
    void readsWhatOtherProgramsWrite(String text) throws CorruptionException {
        PasswordHash hash = PasswordHash.parse(text);
        assertThat(hash).hasToString(text);
        assertThat(hash.matches("password")).isTrue();
        assertThat(hash.matches("Password")).isFalse();
        assertThat(hash.matches("")).isFalse();
    }

    @Test
    void isOfOnePasswordWithASaltOfItsOwn() throws CorruptionException {
        PasswordHash one = PasswordHash.of("pässword 密码", CHEAP);
        PasswordHash other = PasswordHash.of("pässword 密码", CHEAP);
        assertThat(one.toString())
                .matches("\\$argon2id\\$v=19\\$m=64,t=1,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}")
                .isNotEqualTo(other.toString());
        assertThat(one.isSameAs(other)).isFalse();
        assertThat(one.isSameAs(PasswordHash.parse(one.toString()))).isTrue();
        assertThat(PasswordHash.parse(one.toString()).matches("pässword 密码")).isTrue();
        assertThat(one.matches("pässword 密碼")).isFalse();
        assertThat(PasswordHash.ofNobody(CHEAP).matches("pässword 密码")).isFalse();
    }

    /** What is advised at the time: RFC 9106, section 4, and OWASP's Password Storage Cheat Sheet. */
    @Test
    void newHashesCostMoreThanTheLeastThatIsAdvised() {
        assertThat(PasswordHash.COST.isBelow(new Cost(19 << 10, 2, 1))).isFalse();
        PasswordHash hash = PasswordHash.of("a password", PasswordHash.COST);
        assertThat(hash.toString()).startsWith("$argon2id$v=19$m=32768,t=3,p=1$");
        assertThat(hash.matches("a password")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "64, 1, 1, false",
        "32, 1, 1, true",
        "32, 2, 1, true",
        "128, 1, 1, false",
        "64, 2, 1, false",
        "64, 1, 2, false"
    })
    void whatIsCheaperInAnyRespectIsMadeAnew(int memory, int passes, int lanes, boolean below) {
        assertThat(new Cost(memory, passes, lanes).isBelow(CHEAP)).isEqualTo(below);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "password",
                "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$t=2,m=256,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=0256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=0,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=2,p=0$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=2,p=33$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=262145,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=999999999,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=101,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ=$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHR$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQAA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=2,p=1$c29t$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\n",
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4$"
            })
    void otherTextIsNoHash(String text) {
        assertThatThrownBy(() -> PasswordHash.parse(text)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void changedTextIsAHashOrCorruption() {
        Random random = new Random(7);
        int understood = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] text = KNOWN.getBytes(UTF_8);
            for (int change = random.nextInt(3); change >= 0; change--) {
                text[random.nextInt(text.length)] = (byte) (32 + random.nextInt(96));
            }
            String changed = new String(text, 0, text.length - random.nextInt(3), UTF_8);
            try {
                assertThat(PasswordHash.parse(changed)).hasToString(changed);
                understood++;
            } catch (CorruptionException e) {
                assertThat(e).hasMessageContaining("cannot be understood");
            }
        }
        assertThat(understood).isPositive();
    }
}
