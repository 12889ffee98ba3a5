package io.varve.storage.sealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.BlockDevice;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.FileHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Headers of sealed files, and the master keys behind them. */
class FileStartTest {
    private static final UUID STORE = new UUID(1, 2);
    private static final FileStart.Kind KIND = new FileStart.Kind("VARVESEG", STORE);

    @TempDir
    Path keys;

    private static FileStart read(byte[] blocks, Sealing sealing) throws IOException {
        return FileStart.read(ByteBuffer.wrap(blocks), KIND, "the file", sealing);
    }

    private static void requireSame(FileKey key, FileSealer sealer) throws CorruptionException {
        try (LentBytes sealed = sealer.seal(ByteBuffer.wrap(new byte[3]));
                LentBytes opened = key.open(sealed.number(), sealed.bytes())) {
            assertThat(opened.bytes()).isEqualTo(ByteBuffer.wrap(new byte[3]));
        }
    }

    @Test
    void oneCopyOfTheHeaderIsEnough() throws IOException {
        Sealing sealing = new Sealing(KeyRing.open(keys).withNewGeneration(), true);
        FileSealer sealer = sealing.newKey().orElseThrow();
        byte[] blocks = KIND.begin(7, 8, sealing, Optional.of(sealer)).array();
        assertThat(blocks).hasSize(2 * BlockDevice.BLOCK);
        Sealing later = new Sealing(KeyRing.open(keys), false);
        for (int damaged = -1; damaged < 2; damaged++) {
            byte[] bytes = blocks.clone();
            if (damaged >= 0) {
                bytes[damaged * BlockDevice.BLOCK + 100] ^= 4;
            }
            FileStart start = read(bytes, later);
            assertThat(start.header().number()).isEqualTo(7);
            assertThat(start.header().origin()).isEqualTo(8);
            assertThat(start.end()).isEqualTo(2 * BlockDevice.BLOCK);
            requireSame(start.key().orElseThrow(), sealer);
        }
        byte[] both = blocks.clone();
        both[100] ^= 4;
        both[BlockDevice.BLOCK + 100] ^= 4;
        assertThatThrownBy(() -> read(both, later)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void aWrappedKeyOpensNoOtherFile() throws IOException {
        Sealing sealing = new Sealing(KeyRing.open(keys).withNewGeneration(), true);
        FileSealer sealer = sealing.newKey().orElseThrow();
        byte[] seventh = KIND.begin(7, 0, sealing, Optional.of(sealer)).array();
        byte[] eighth = KIND.begin(8, 0, sealing, sealing.newKey()).array();
        byte[] wrapped = FileHeader.more(ByteBuffer.wrap(seventh), KeyRing.WRAPPED_BYTES);
        ByteBuffer forged = ByteBuffer.allocate(eighth.length);
        FileStart.read(ByteBuffer.wrap(eighth), KIND, "", sealing).header().write(forged, wrapped);
        assertThatThrownBy(() -> read(forged.array(), sealing)).isInstanceOf(CorruptionException.class);
    }

    @Test
    void aFileInClearNeedsNoKey() throws IOException {
        byte[] block = KIND.begin(7, 0, Sealing.NONE, Optional.empty()).array();
        assertThat(block).hasSize(BlockDevice.BLOCK);
        FileStart start = read(block, Sealing.NONE);
        assertThat(start.key()).isEmpty();
        assertThat(start.end()).isEqualTo(BlockDevice.BLOCK);
    }

    @Test
    void aMissingOrWrongMasterKeyIsNamedAndIsNoDamage() throws IOException {
        KeyRing ring = KeyRing.open(keys).withNewGeneration();
        Sealing sealing = new Sealing(ring, true);
        byte[] blocks = KIND.begin(7, 0, sealing, sealing.newKey()).array();
        Path file = keys.resolve("at-rest-1.key");
        byte[] right = Files.readAllBytes(file);
        Files.delete(file);
        KeyRing without = KeyRing.open(keys);
        assertThat(without.isEmpty()).isTrue();
        assertThatThrownBy(() -> read(blocks, new Sealing(without, false)))
                .isInstanceOf(KeyMissingException.class)
                .hasMessageContaining("at-rest-1.key")
                .hasMessageContaining(keys + " has no such file");
        KeyRing other = without.withNewGeneration();
        assertThatThrownBy(() -> read(blocks, new Sealing(other, true)))
                .isInstanceOf(KeyMissingException.class)
                .hasMessageContaining("is another key");
        assertThatThrownBy(() -> other.require(ring.generations())).isInstanceOf(KeyMissingException.class);
        Files.write(file, right);
        KeyRing again = KeyRing.open(keys);
        again.require(ring.generations());
        assertThat(read(blocks, new Sealing(again, false)).key()).isPresent();
    }

    @Test
    void theNewestGenerationWrapsAndOlderOnesOpen() throws IOException {
        KeyRing first = KeyRing.open(keys).withNewGeneration();
        Sealing before = new Sealing(first, true);
        byte[] old = KIND.begin(1, 0, before, before.newKey()).array();
        KeyRing second = first.withNewGeneration();
        assertThat(second.generations()).extracting(KeyRing.Generation::number).containsExactly(1, 2);
        assertThat(second.newest().number()).isEqualTo(2);
        Sealing after = new Sealing(KeyRing.open(keys), true);
        byte[] young = KIND.begin(2, 0, after, after.newKey()).array();
        assertThat(read(old, after).key()).isPresent();
        Files.delete(keys.resolve("at-rest-1.key"));
        Sealing newest = new Sealing(KeyRing.open(keys), true);
        assertThat(read(young, newest).key()).isPresent();
        assertThatThrownBy(() -> read(old, newest)).isInstanceOf(KeyMissingException.class);
    }

    @Test
    void keyFilesAreKeysAndForNobodyElse() throws IOException {
        KeyRing.open(keys).withNewGeneration();
        Path file = keys.resolve("at-rest-1.key");
        assertThat(Files.size(file)).isEqualTo(32);
        assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
        Files.write(file, new byte[31]);
        assertThatThrownBy(() -> KeyRing.open(keys))
                .isInstanceOf(CorruptionException.class)
                .hasMessageContaining("has 31 bytes");
        assertThat(KeyRing.Generation.parse("12:0123456789abcdef"))
                .isEqualTo(new KeyRing.Generation(12, "0123456789abcdef"));
        for (String wrong : List.of("", "1", "0:0123456789abcdef", "1:0123456789abcde", "1:0123456789ABCDEF")) {
            assertThatThrownBy(() -> KeyRing.Generation.parse(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> new Sealing(KeyRing.EMPTY, true)).isInstanceOf(IllegalArgumentException.class);
    }
}
