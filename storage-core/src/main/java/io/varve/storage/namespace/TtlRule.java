package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Varint;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * A bucket's rule that files go by themselves: those whose keys begin with a prefix, so long after they were written. If several rules
 * hold for a file, or it has a time to live of its own, the earliest counts, as in S3. Immutable.
 *
 * @param prefix the beginning of the keys, in the bucket; empty for all
 * @param age how long after it was written (stored, copied, moved or restored there) a file goes; a second or more
 */
public record TtlRule(String prefix, Duration age) {
    private static final int FORM = 0;

    /** Checks the rule. */
    public TtlRule {
        if (age.toSeconds() < 1 || age.toSeconds() > Ages.SECONDS_MAX) {
            throw new IllegalArgumentException("files go after a second to 1,000 years, not " + age);
        }
        age = Duration.ofSeconds(age.toSeconds());
    }

    /** Whether the rule holds for a file with this key. */
    public boolean covers(String key) {
        return key.startsWith(prefix);
    }

    /** When a file goes by this rule that was written by a commit, in microseconds since the epoch. */
    long due(long written) {
        return written + age.toSeconds() * 1_000_000;
    }

    /** The age as people write it. */
    public String ageText() {
        return Ages.text(age);
    }

    byte[] encode() {
        ByteBuffer row = ByteBuffer.allocate(1 + Varint.BYTES_MAX).put((byte) FORM);
        Varint.write(row, age.toSeconds());
        return Rows.trimmed(row);
    }

    static TtlRule decode(String prefix, byte[] bytes) throws CorruptionException {
        ByteBuffer row = ByteBuffer.wrap(bytes);
        Rows.requireBytes(row, 1);
        int form = row.get();
        long seconds = Varint.read(row);
        if (form != FORM || seconds < 1 || seconds > Ages.SECONDS_MAX) {
            throw new CorruptionException("A rule for a prefix is damaged.");
        }
        return new TtlRule(prefix, Duration.ofSeconds(seconds));
    }
}
