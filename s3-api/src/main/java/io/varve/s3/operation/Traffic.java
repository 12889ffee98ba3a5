package io.varve.s3.operation;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts the bytes of one request's and its answer's body. One thread at a time. */
public final class Traffic {

    private long bytesIn;
    private long bytesOut;

    /** Bytes received, framing of aws-chunked included. */
    public long bytesIn() {
        return bytesIn;
    }

    /** Bytes sent. */
    public long bytesOut() {
        return bytesOut;
    }

    void sent(long bytes) {
        bytesOut += bytes;
    }

    InputStream counted(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read() throws IOException {
                int b = super.read();
                bytesIn += b < 0 ? 0 : 1;
                return b;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int count = super.read(bytes, offset, length);
                bytesIn += Math.max(count, 0);
                return count;
            }
        };
    }
}
