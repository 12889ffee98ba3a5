package io.varve.storage.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MasterKeyTest {
    private static final byte[] CONTEXT = "varve user alice".getBytes(UTF_8);
    private static final byte[] SECRET = "correct horse".getBytes(UTF_8);

    @TempDir
    private Path keys;

    @Test
    void isMadeOnceAndReadFromThenOn() throws IOException {
        byte[] sealed = MasterKey.open(keys).seal(SECRET, CONTEXT);
        assertThat(keys.resolve("master.key")).hasSize(32);
        assertThat(MasterKey.open(keys).unseal(sealed, CONTEXT)).isEqualTo(SECRET);
    }

    @Test
    void opensWhatTheFormatPageShows() throws IOException {
        byte[] key = new byte[32];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) i;
        }
        Files.write(keys.resolve("master.key"), key);
        byte[] sealed = HexFormat.of()
                .parseHex("630dcd29a0a1a2a3a4a5a6a7a8a9aaab85770e5f20a8769f0a0af5a06281b7234f4fd303e349f162b516ec4bef");
        assertThat(MasterKey.open(keys).unseal(sealed, CONTEXT)).isEqualTo(SECRET);
    }

    @Test
    void sealsDifferentlyEveryTime() throws IOException {
        MasterKey key = MasterKey.open(keys);
        assertThat(key.seal(SECRET, CONTEXT))
                .isNotEqualTo(key.seal(SECRET, CONTEXT))
                .hasSize(32 + SECRET.length);
        assertThat(key.unseal(key.seal(new byte[0], CONTEXT), CONTEXT)).isEmpty();
    }

    @Test
    void refusesEveryChangedByte() throws IOException {
        MasterKey key = MasterKey.open(keys);
        byte[] sealed = key.seal(SECRET, CONTEXT);
        for (int at = 0; at < sealed.length; at++) {
            byte[] changed = sealed.clone();
            changed[at] ^= 0x40;
            assertThatThrownBy(() -> key.unseal(changed, CONTEXT))
                    .as("byte %d", at)
                    .isInstanceOf(CorruptionException.class);
        }
        for (int length = 0; length < sealed.length; length++) {
            byte[] shorter = Arrays.copyOf(sealed, length);
            assertThatThrownBy(() -> key.unseal(shorter, CONTEXT)).isInstanceOf(CorruptionException.class);
        }
    }

    @Test
    void refusesAnotherContextAndAnotherKey() throws IOException {
        MasterKey key = MasterKey.open(keys);
        byte[] sealed = key.seal(SECRET, CONTEXT);
        assertThatThrownBy(() -> key.unseal(sealed, "varve user mallory".getBytes(UTF_8)))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("belongs to something else");
        Files.delete(keys.resolve("master.key"));
        MasterKey other = MasterKey.open(keys);
        assertThatThrownBy(() -> other.unseal(sealed, CONTEXT))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("another master key");
    }

    @Test
    void aFileOfAnotherLengthIsNoKey() throws IOException {
        Files.write(keys.resolve("master.key"), new byte[31]);
        assertThatThrownBy(() -> MasterKey.open(keys))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("master.key")
                .hasMessageContaining("31 bytes");
    }
}
