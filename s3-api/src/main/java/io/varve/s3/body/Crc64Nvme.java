package io.varve.s3.body;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.Checksum;

/**
 * CRC-64/NVME (NVM Express NVM Command Set specification, section 5.2.1.3.4): polynomial {@code ad93d23594c93659},
 * reflected, all ones before and after. Eight tables take eight bytes a step.
 *
 * <p>A step has to wait for the one before it. So long inputs are taken in blocks of {@value #LANES} lanes side by side, whose registers are
 * put together at the end of each block: as the sum is linear, a register of the first lane goes on as if zeros followed it, and the lane
 * behind it is added. Not thread-safe.
 */
final class Crc64Nvme implements Checksum {

    /** The polynomial with its bits reflected. */
    static final long POLYNOMIAL = 0x9a6c9329ac4bc9b5L;

    private static final int LANES = 4;
    private static final int LANE_BYTES = 1024;
    private static final int BLOCK_BYTES = LANES * LANE_BYTES;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** What a byte of the register becomes by the next eight bytes, the lowest byte first, 256 entries for each. */
    private static final long[] STEP = step();

    /** The same by as many zeros as a lane has bytes. */
    private static final long[] LANE = lane();

    private long crc = -1;

    private static long[] step() {
        long[] tables = new long[8 * 256];
        int last = 7 * 256;
        for (int i = 0; i < 256; i++) {
            long value = i;
            for (int bit = 0; bit < 8; bit++) {
                value = (value & 1) != 0 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
            }
            tables[last + i] = value;
        }
        for (int table = last - 256; table >= 0; table -= 256) {
            for (int i = 0; i < 256; i++) {
                long value = tables[table + 256 + i];
                tables[table + i] = (value >>> 8) ^ tables[last + ((int) value & 0xff)];
            }
        }
        return tables;
    }

    private static long[] lane() {
        long[] bits = new long[Long.SIZE];
        for (int bit = 0; bit < Long.SIZE; bit++) {
            long value = 1L << bit;
            for (int i = 0; i < LANE_BYTES; i += Long.BYTES) {
                value = through(STEP, value);
            }
            bits[bit] = value;
        }
        long[] tables = new long[8 * 256];
        for (int i = 0; i < tables.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                tables[i] ^= (i >>> bit & 1) != 0 ? bits[i / 256 * 8 + bit] : 0;
            }
        }
        return tables;
    }

    /** What a register becomes by what the tables stand for. */
    private static long through(long[] tables, long value) {
        return tables[(int) value & 0xff]
                ^ tables[256 + ((int) (value >>> 8) & 0xff)]
                ^ tables[512 + ((int) (value >>> 16) & 0xff)]
                ^ tables[768 + ((int) (value >>> 24) & 0xff)]
                ^ tables[1024 + ((int) (value >>> 32) & 0xff)]
                ^ tables[1280 + ((int) (value >>> 40) & 0xff)]
                ^ tables[1536 + ((int) (value >>> 48) & 0xff)]
                ^ tables[1792 + ((int) (value >>> 56) & 0xff)];
    }

    @Override
    public void update(int b) {
        crc = (crc >>> 8) ^ STEP[7 * 256 + ((int) (crc ^ b) & 0xff)];
    }

    @Override
    public void update(byte[] bytes, int offset, int length) {
        int i = offset;
        int end = offset + length;
        for (; end - i >= BLOCK_BYTES; i += BLOCK_BYTES) {
            block(bytes, i);
        }
        long value = crc;
        for (; end - i >= Long.BYTES; i += Long.BYTES) {
            value = through(STEP, value ^ (long) LONGS.get(bytes, i));
        }
        crc = value;
        for (; i < end; i++) {
            update(bytes[i]);
        }
    }

    private void block(byte[] bytes, int offset) {
        long first = crc;
        long second = 0;
        long third = 0;
        long fourth = 0;
        for (int i = offset; i < offset + LANE_BYTES; i += Long.BYTES) {
            first = through(STEP, first ^ (long) LONGS.get(bytes, i));
            second = through(STEP, second ^ (long) LONGS.get(bytes, i + LANE_BYTES));
            third = through(STEP, third ^ (long) LONGS.get(bytes, i + 2 * LANE_BYTES));
            fourth = through(STEP, fourth ^ (long) LONGS.get(bytes, i + 3 * LANE_BYTES));
        }
        crc = through(LANE, through(LANE, through(LANE, first) ^ second) ^ third) ^ fourth;
    }

    /** All 64 bits of the checksum. */
    @Override
    public long getValue() {
        return ~crc;
    }

    @Override
    public void reset() {
        crc = -1;
    }
}
