package io.varve.s3.body;

import java.util.zip.Checksum;

/**
 * CRC-64/NVME (NVM Express NVM Command Set specification, section 5.2.1.3.4): polynomial {@code ad93d23594c93659},
 * reflected, all ones before and after. Eight tables take eight bytes a step. Not thread-safe.
 */
final class Crc64Nvme implements Checksum {

    /** The polynomial with its bits reflected. */
    static final long POLYNOMIAL = 0x9a6c9329ac4bc9b5L;

    private static final long[][] TABLES = tables();

    private long crc = -1;

    private static long[][] tables() {
        long[][] tables = new long[8][256];
        for (int i = 0; i < 256; i++) {
            long value = i;
            for (int bit = 0; bit < 8; bit++) {
                value = (value & 1) != 0 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
            }
            tables[0][i] = value;
        }
        for (int i = 0; i < 256; i++) {
            for (int table = 1; table < 8; table++) {
                long previous = tables[table - 1][i];
                tables[table][i] = (previous >>> 8) ^ tables[0][(int) previous & 0xff];
            }
        }
        return tables;
    }

    @Override
    public void update(int b) {
        crc = (crc >>> 8) ^ TABLES[0][(int) (crc ^ b) & 0xff];
    }

    @Override
    public void update(byte[] bytes, int offset, int length) {
        long value = crc;
        int i = offset;
        int end = offset + length;
        for (; end - i >= 8; i += 8) {
            int low = (int) value ^ littleEndian(bytes, i);
            int high = (int) (value >>> 32) ^ littleEndian(bytes, i + 4);
            value = TABLES[7][low & 0xff]
                    ^ TABLES[6][(low >>> 8) & 0xff]
                    ^ TABLES[5][(low >>> 16) & 0xff]
                    ^ TABLES[4][low >>> 24]
                    ^ TABLES[3][high & 0xff]
                    ^ TABLES[2][(high >>> 8) & 0xff]
                    ^ TABLES[1][(high >>> 16) & 0xff]
                    ^ TABLES[0][high >>> 24];
        }
        for (; i < end; i++) {
            value = (value >>> 8) ^ TABLES[0][(int) (value ^ bytes[i]) & 0xff];
        }
        crc = value;
    }

    private static int littleEndian(byte[] bytes, int i) {
        return (bytes[i] & 0xff) | (bytes[i + 1] & 0xff) << 8 | (bytes[i + 2] & 0xff) << 16 | bytes[i + 3] << 24;
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
