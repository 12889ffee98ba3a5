package io.varve.s3.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Exception;
import io.varve.s3.operation.Sealing.Run;
import io.varve.storage.namespace.Attributes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How sealed objects are described, and that parts can be opened from anywhere. */
class SealingTest {
    private static final ContentKey KEY = ContentKey.ofServer(new byte[32], "AES256");

    private final PartNonces nonces = new PartNonces();

    private static Sealing readBack(List<Run> runs) {
        Attributes attributes = Sealing.begin(KEY).with(runs).in(Attributes.NONE);
        Sealing sealing = Sealing.of(attributes).orElseThrow();
        assertThat(sealing.runs()).isEqualTo(runs);
        assertThat(sealing.isOf(KEY)).isTrue();
        return sealing;
    }

    private List<Run> parts(int count, long length) {
        List<Run> runs = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            runs.add(new Run(i < count ? length : 17, nonces.next("upload", i)));
        }
        return runs;
    }

    @Test
    void tenThousandPartsTakeLittle() {
        List<Run> runs = parts(10_000, 8 << 20);
        readBack(runs);
        assertThat(SealingRuns.toText(runs)).hasSizeLessThan(80);
    }

    @Test
    void readsWhatItWrites() {
        List<Run> runs = new ArrayList<>(parts(5, 100));
        runs.set(2, new Run(100, nonces.next("upload", 3)));
        runs.add(new Run(9, ContentKey.newNonce()));
        runs.add(new Run(9, ContentKey.newNonce()));
        runs.addAll(parts(2, 30));
        runs.add(new Run(1, nonces.next("another", 1)));
        readBack(runs);
        readBack(List.of());
        readBack(List.of(new Run(1L << 40, ContentKey.newNonce())));
    }

    @Test
    void tooManyDifferentSizesAreRefused() {
        List<Run> runs = new ArrayList<>();
        for (int i = 1; i <= 10_000; i++) {
            runs.add(new Run((5 << 20) + i % 7, nonces.next("upload", i)));
        }
        assertThatThrownBy(() -> readBack(runs)).isInstanceOf(S3Exception.class);
        readBack(runs.subList(0, 1500));
    }

    @Test
    void noNumberIsGivenTwice() {
        Set<String> given = new HashSet<>();
        for (int upload = 0; upload < 1000; upload++) {
            for (int part = 1; part <= 3; part++) {
                assertThat(given.add(nonces.next("u" + upload % 200, part))).isTrue();
            }
        }
    }

    @Test
    void opensFromAnywhere() {
        byte[] plain = new byte[300];
        new Random(1).nextBytes(plain);
        List<Run> runs = parts(3, 100);
        ByteBuffer sealed = ByteBuffer.allocate(217);
        int at = 0;
        for (Run run : runs) {
            int length = (int) run.length();
            byte[] bytes = KEY.cipher(run.nonce(), 0).update(plain, at, length);
            sealed.put(bytes);
            at += length;
        }
        Sealing sealing = readBack(runs);
        for (int from : new int[] {0, 1, 99, 100, 150, 199, 200, 216}) {
            ByteBuffer opened = sealing.opener(KEY, from)
                    .open(sealed.duplicate().position(from).limit(217).slice());
            assertThat(opened).as("from %d", from).isEqualTo(ByteBuffer.wrap(plain, from, 217 - from));
        }
    }
}
