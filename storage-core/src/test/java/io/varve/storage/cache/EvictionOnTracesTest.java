package io.varve.storage.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.cache.Traces.Format;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How much the usual policy misses on traces whose shape is known, beside what can be had; and that formats of traces are read. */
class EvictionOnTracesTest {
    private static final int REQUESTS = 100_000;

    private static double missRatio(SimulatedPeers.Simulated cache, Trace trace) {
        int misses = 0;
        for (int i = 0; i < trace.size(); i++) {
            int key = trace.key(i);
            misses += cache.access(key, trace.length(key)) ? 0 : 1;
        }
        return (double) misses / trace.size();
    }

    /** The bound is on what it misses over what the better one of LRU and S3-FIFO misses, which know no segments. */
    @ParameterizedTest
    @CsvSource({"ZIPF, 1.12", "ZIPF_SCANS, 1.14", "DRIFT, 1.10", "LOOP, 0.9", "ZIPF_LOOP, 1.05", "RECENT, 1.08"})
    void missesLittleMoreThanTheBetterOfPoliciesOverObjects(Trace.Shape shape, double bound) {
        Trace trace = Trace.of(shape, REQUESTS);
        long bytes = trace.bytes() / 4;
        double best = Math.min(
                missRatio(new SimulatedPeers.Lru(bytes), trace),
                missRatio(new SimulatedPeers.S3FifoOfObjects(bytes, trace.keys()), trace));
        SimulatedLogs logs = new SimulatedLogs(EvictionPolicy.Kind.S3_FIFO.policy(), bytes, trace.keys());
        assertThat(missRatio(logs, trace)).isLessThan(best * bound);
        assertThat(logs.writeAmplification()).isLessThan(1.8);
    }

    /** The same for the cache in memory. */
    @ParameterizedTest
    @CsvSource({"ZIPF, 1.08", "ZIPF_SCANS, 1.06", "DRIFT, 1.08", "LOOP, 1.01", "ZIPF_LOOP, 1.10", "RECENT, 1.08"})
    void inMemoryItMissesLittleMoreToo(Trace.Shape shape, double bound) {
        Trace trace = Trace.of(shape, REQUESTS);
        long entries = trace.bytes() / 4;
        double best = Math.min(
                missRatio(new SimulatedPeers.Lru(entries), trace),
                missRatio(new SimulatedPeers.S3FifoOfObjects(entries, trace.keys()), trace));
        assertThat(missRatio(new SimulatedMemory(entries), trace)).isLessThan(best * bound);
    }

    private static List<Integer> keys(Trace trace) {
        List<Integer> keys = new ArrayList<>();
        for (int i = 0; i < trace.size(); i++) {
            keys.add(trace.key(i));
        }
        return keys;
    }

    private static Trace read(Format format, byte... bytes) throws IOException {
        return Traces.read(format, new ByteArrayInputStream(bytes));
    }

    private static Trace read(Format format, String text) throws IOException {
        return read(format, text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void textFormatsAreRead() throws IOException {
        assertThat(keys(read(Format.LIRS, "7\n*\n8\n7\n"))).containsExactly(0, 1, 0);
        assertThat(keys(read(Format.ARC, "5 3 0 1\n6 1 0 2\n"))).containsExactly(0, 1, 2, 1);
        assertThat(keys(read(Format.ADDRESS, "s 0x1f 1\nl 0x20 4\nl 0x1f 2\n"))).containsExactly(0, 1, 0);
        assertThat(keys(read(Format.NAMES, "a\nb\na\n"))).containsExactly(0, 1, 0);
        Trace sized = read(Format.WEBCACHESIM, "1 10 500\n2 11 70\n3 10 500\n");
        assertThat(keys(sized)).containsExactly(0, 1, 0);
        assertThat(sized.bytes()).isEqualTo(570);
    }

    @Test
    void tablesAreRead() throws IOException {
        Trace csv = read(Format.CSV, "time,object,size\n1,a,10\n2,b,20\n3,a,10\n");
        assertThat(keys(csv)).containsExactly(0, 1, 0);
        assertThat(csv.bytes()).isEqualTo(30);
        Trace msr = read(Format.MSR, "1,usr,0,Read,4096,512,9\n2,usr,1,Read,4096,100,9\n3,usr,0,Write,4096,512,9\n");
        assertThat(keys(msr)).containsExactly(0, 1, 0);
        assertThat(msr.bytes()).isEqualTo(612);
        Trace twitter = read(Format.TWITTER, "0,k1,2,100,1,get,0\n0,k2,2,50,1,set,60\n");
        assertThat(twitter.bytes()).isEqualTo(154);
        Trace meta = read(Format.CACHELIB, "key,op,size,op_count\nx,GET,10,2\ny,SET,5,1\n");
        assertThat(keys(meta)).containsExactly(0, 0, 1);
        assertThat(meta.bytes()).isEqualTo(15);
        assertThatThrownBy(() -> read(Format.CACHELIB, "a,b\n")).hasMessageContaining("columns");
    }

    @Test
    void binaryFormatsAreRead() throws IOException {
        byte[] oracle = ByteBuffer.allocate(48)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(1)
                .putLong(99)
                .putInt(300)
                .putLong(-1)
                .putInt(2)
                .putLong(98)
                .putInt(7)
                .putLong(-1)
                .array();
        assertThat(read(Format.ORACLE, oracle).bytes()).isEqualTo(307);
        assertThat(keys(read(Format.INT_BE, new byte[] {0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1})))
                .containsExactly(0, 1, 0);
        assertThat(keys(read(Format.INT_LE, new byte[] {1, 0, 0, 0, 0, 0, 0, 1})))
                .containsExactly(0, 1);
        assertThat(keys(read(Format.LONG_BE, new byte[16]))).containsExactly(0, 0);
    }
}
