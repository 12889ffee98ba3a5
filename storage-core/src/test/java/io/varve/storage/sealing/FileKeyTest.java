package io.varve.storage.sealing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.junit.jupiter.api.Test;

class FileKeyTest {
    private static final byte[] CONTEXT = "where it belongs".getBytes(US_ASCII);

    private final FileSealer sealer = FileSealer.make();

    private static byte[] bytes(LentBytes lent) {
        try (lent) {
            byte[] bytes = new byte[lent.bytes().remaining()];
            lent.bytes().get(bytes);
            return bytes;
        }
    }

    private static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatWasSealedOpensAgainInWhateverPieces() throws CorruptionException {
        Random random = new Random(1);
        for (int i = 0; i < 200; i++) {
            byte[] plain = random(random, random.nextInt(i % 10 == 0 ? 2_000_000 : 3_000));
            int cut = random.nextInt(plain.length + 1);
            ByteBuffer direct = ByteBuffer.allocateDirect(plain.length - cut)
                    .put(plain, cut, plain.length - cut)
                    .flip();
            LentBytes lent = sealer.seal(CONTEXT, ByteBuffer.wrap(plain, 0, cut), direct.asReadOnlyBuffer());
            long number = lent.number();
            byte[] sealed = bytes(lent);
            assertThat(number).isEqualTo(i);
            assertThat(sealed).hasSize(plain.length + FileKey.OVERHEAD);
            int at = random.nextInt(sealed.length + 1);
            assertThat(bytes(sealer.key()
                            .open(
                                    number,
                                    CONTEXT,
                                    ByteBuffer.wrap(sealed, 0, at),
                                    ByteBuffer.wrap(sealed, at, sealed.length - at))))
                    .isEqualTo(plain);
            int first = Math.min(plain.length, 48);
            assertThat(sealer.key().beginning(number, ByteBuffer.wrap(sealed, 0, first)))
                    .isEqualTo(Arrays.copyOf(plain, first));
        }
    }

    /** By the platform alone, as docs/format.md says it. */
    @Test
    void itIsWhatTheFormatSays() throws Exception {
        sealer.seal(CONTEXT).close();
        byte[] sealed = bytes(sealer.seal(CONTEXT, ByteBuffer.wrap("some bytes".getBytes(US_ASCII))));
        byte[] nonce = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(1)
                .array();
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.DECRYPT_MODE, sealer.key().key(), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(CONTEXT);
        assertThat(cipher.doFinal(sealed)).isEqualTo("some bytes".getBytes(US_ASCII));
        assertThat(sealer.key().bytes()).hasSize(32);
    }

    @Test
    void anythingElseDoesNotOpen() {
        byte[] sealed = bytes(sealer.seal(CONTEXT, ByteBuffer.wrap(new byte[100])));
        FileKey key = sealer.key();
        for (int bit = 0; bit < sealed.length * Byte.SIZE; bit++) {
            byte[] changed = sealed.clone();
            changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertThatThrownBy(() -> key.open(0, CONTEXT, ByteBuffer.wrap(changed)))
                    .isInstanceOf(CorruptionException.class);
        }
        for (int length = 0; length < sealed.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(sealed, 0, length);
            assertThatThrownBy(() -> key.open(0, CONTEXT, cut)).isInstanceOf(CorruptionException.class);
        }
        ByteBuffer whole = ByteBuffer.wrap(sealed);
        assertThatThrownBy(() -> key.open(1, CONTEXT, whole)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> key.open(0, whole)).isInstanceOf(CorruptionException.class);
        assertThatThrownBy(() -> FileSealer.make().key().open(0, CONTEXT, whole))
                .isInstanceOf(CorruptionException.class);
    }

    @Test
    void noNumberIsUsedTwiceAndNothingLooksTheSame() {
        Set<Long> numbers = ConcurrentHashMap.newKeySet();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 1_000; i++) {
                threads.execute(() -> {
                    try (LentBytes sealed = sealer.seal(ByteBuffer.wrap(new byte[10]))) {
                        numbers.add(sealed.number());
                    }
                });
            }
        }
        assertThat(numbers).hasSize(1_000);
        Set<ByteBuffer> sealed = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            sealed.add(ByteBuffer.wrap(bytes(sealer.seal(ByteBuffer.wrap(new byte[10])))));
        }
        assertThat(sealed).hasSize(100);
    }

    @Test
    void memoryThatWasGivenBackIsNotToBeHad() {
        LentBytes sealed = sealer.seal(ByteBuffer.wrap(new byte[10]));
        sealed.close();
        sealed.close();
        assertThatThrownBy(sealed::bytes).isInstanceOf(IllegalStateException.class);
    }
}
