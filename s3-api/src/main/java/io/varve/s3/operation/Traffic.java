package io.varve.s3.operation;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What one request and its answer brought: the bytes of their bodies, and what was changed of which only the body told the name. One
 * thread at a time.
 */
public final class Traffic {

    private final List<Changed> changed = new ArrayList<>();
    private long bytesIn;
    private long bytesOut;

    /**
     * An object that was changed although the request's address does not name it.
     *
     * @param key its key
     * @param user who did it
     */
    public record Changed(String key, String user) {}

    /** What was changed under names that the body told. */
    public List<Changed> changed() {
        return Collections.unmodifiableList(changed);
    }

    void changed(String key, String user) {
        changed.add(new Changed(key, user));
    }

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
