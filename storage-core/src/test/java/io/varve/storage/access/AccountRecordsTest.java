package io.varve.storage.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.AccountRecords.KeyRecord;
import io.varve.storage.access.AccountRecords.UserRecord;
import io.varve.storage.io.CorruptionException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
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
