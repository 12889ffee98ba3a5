package io.varve.s3.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PartSizesTest {

    @Test
    void writesRunsShort() {
        List<Long> sizes = new ArrayList<>(java.util.Collections.nCopies(9999, 8L << 20));
        sizes.add(17L);
        assertThat(new PartSizes(sizes).toText()).contains("8388608*9999,17");
        assertThat(PartSizes.parse("8388608*9999,17").bytes()).isEqualTo(sizes);
        assertThat(new PartSizes(sizes).offset(10_000)).isEqualTo(9999L * (8 << 20));
    }

    @Test
    void readsWhatItWrites() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            List<Long> sizes = Stream.generate(() -> (long) random.nextInt(3))
                    .limit(1 + random.nextInt(50))
                    .toList();
            assertThat(PartSizes.parse(new PartSizes(sizes).toText().orElseThrow())
                            .bytes())
                    .isEqualTo(sizes);
        }
    }

    @Test
    void leavesOutWhatIsTooLong() {
        List<Long> sizes =
                Stream.iterate(1L << 40, size -> size + 1).limit(10_000).toList();
        assertThat(new PartSizes(sizes).toText()).isEmpty();
    }

    @Test
    void ordersAsBytesOfUtf8() {
        Random random = new Random(2);
        for (int round = 0; round < 5000; round++) {
            String a = randomText(random);
            String b = randomText(random);
            int bytes = java.util.Arrays.compareUnsigned(
                    a.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    b.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(Integer.signum(Utf8Order.compare(a, b)))
                    .as("%s and %s", a, b)
                    .isEqualTo(Integer.signum(bytes));
        }
    }

    private static String randomText(Random random) {
        int[] points = {'a', 'b', 0xe4, 0xffff, 0xe000, 0x1f600, 0x10ffff};
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }
}
