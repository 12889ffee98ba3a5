package io.varve.storage.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.AccountRecords.KeyRecord;
import io.varve.storage.access.AccountRecords.UserRecord;
import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccountRecordsTest {
    private static final byte[] SEALED = {9, 8, 7};

    @ParameterizedTest
    @EnumSource
    void aUserIsReadAsWritten(Role role) throws CorruptionException {
        for (long creation : new long[] {0, 1, -1}) {
            UserRecord read = UserRecord.decode(new UserRecord(role, creation, SEALED).encode());
            assertThat(read.role).isEqualTo(role);
            assertThat(read.creation).isEqualTo(creation);
            assertThat(read.sealed).isEqualTo(SEALED);
        }
    }

    @Test
    void recordsHaveTheBytesOfTheFormatPage() throws CorruptionException {
        assertThat(HexFormat.of().formatHex(new UserRecord(Role.ADMIN, 0, SEALED).encode()))
                .isEqualTo("0101090807");
        assertThat(HexFormat.of().formatHex(new UserRecord(Role.USER, 0, SEALED).encode()))
                .isEqualTo("0102090807");
        assertThat(HexFormat.of().formatHex(new UserRecord(Role.READONLY, 0, SEALED).encode()))
                .isEqualTo("0103090807");
        assertThat(HexFormat.of().formatHex(new UserRecord(Role.USER, 0x1234, SEALED).encode()))
                .isEqualTo("02020000000000001234090807");
        byte[] key = HexFormat.of().parseHex("0103626f62090807");
        assertThat(new KeyRecord("bob", SEALED).encode()).isEqualTo(key);
        assertThat(KeyRecord.decode(key).user).isEqualTo("bob");
        assertThat(KeyRecord.decode(key).sealed).isEqualTo(SEALED);
    }

    /** The master key 00 01 … 1f; the rows were made by another program than this one. */
    @Test
    void rowsOfOldOpenAsThePasswordOrItsHash(@TempDir Path keys) throws IOException {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        Files.write(keys.resolve(MasterKey.FILE), bytes);
        MasterKey key = MasterKey.open(keys);
        UserRecord readable = UserRecord.decode(HexFormat.of()
                .parseHex("02020000000000001234630dcd29a0a1a2a3a4a5a6a7a8a9aaab"
                        + "85770e5f20a8769f0a0af5a06281e2e5c3d21e225e5421ee265eccc1f2"));
        assertThat(readable.unseal(key, "vera")).isEqualTo(new StoredPassword.Clear("correct horse"));
        assertThatThrownBy(() -> readable.unseal(key, "walter")).isInstanceOf(CorruptionException.class);
        UserRecord hashed = UserRecord.decode(HexFormat.of()
                .parseHex("02020000000000001234630dcd29a0a1a2a3a4a5a6a7a8a9aaab"
                        + "c2790e4a2aa530d60641f1ee3643e4b34d9e6c26bec37f5eb07e1bb75bc84738a62c1fb1c7401b6c7bf262fe3c3fcc9e"
                        + "0b69170530ff6f3711304a6ad635f6f681d4b23b7bdcb59781dbaa29ed838ff28a628490f7614fb4a8658d4b5e2230f5"
                        + "141fbaad"));
        assertThat(hashed.creation).isEqualTo(0x1234);
        assertThat(hashed.unseal(key, "vera"))
                .isInstanceOfSatisfying(
                        StoredPassword.Hashed.class,
                        password -> assertThat(password.hash())
                                .hasToString(
                                        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"));
        assertThatThrownBy(() -> hashed.unseal(key, "walter")).isInstanceOf(CorruptionException.class);
    }

    /** What one was sealed as it is not opened as the other, whatever it looks like. */
    @Test
    void aPasswordThatLooksLikeAHashIsAPassword(@TempDir Path keys) throws IOException {
        MasterKey key = MasterKey.open(keys);
        String text = PasswordHash.ofNobody(new Argon2id.Cost(64, 1, 1)).toString();
        StoredPassword password = new StoredPassword.Clear(text);
        for (long creation : new long[] {0, 7}) {
            assertThat(UserRecord.seal(key, "vera", Role.USER, creation, password)
                            .unseal(key, "vera"))
                    .isEqualTo(password);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "01", "0301", "0100", "0104", "01ff", "0201", "020100000000000000", "02010000000000000000"})
    void otherBytesAreNoUser(String hex) {
        assertThatThrownBy(() -> UserRecord.decode(HexFormat.of().parseHex(hex)))
                .isInstanceOf(CorruptionException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "01", "0200", "010262", "01ff62"})
    void otherBytesAreNoKey(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertThatThrownBy(() -> KeyRecord.decode(bytes)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void randomBytesAreARecordOrCorruption() {
        Random random = new Random(5);
        int understood = 0;
        for (int round = 0; round < 5000; round++) {
            byte[] bytes = new byte[random.nextInt(12)];
            random.nextBytes(bytes);
            if (bytes.length > 1) {
                bytes[0] = 1;
                bytes[1] &= 7;
            }
            try {
                assertThat(UserRecord.decode(bytes).encode()).isEqualTo(bytes);
                assertThat(KeyRecord.decode(bytes).sealed.length).isLessThan(bytes.length);
                understood++;
            } catch (CorruptionException e) {
                assertThat(e).hasMessageContaining("record");
            }
        }
        assertThat(understood).isPositive();
    }
}
