package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Varint;
import io.varve.storage.commit.Commit;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What is still whole of a bucket's history: the value of a SYSTEM row. It changes in the commits that drop versions, so a moment that
 * it calls whole is whole.
 *
 * @param whole every moment from here on has all its versions
 * @param moments every moment from here on that {@code applied} keeps has all its versions
 * @param pending whether versions written under an earlier policy are still filed by that one
 * @param applied the policy the versions are filed by
 * @param links where folders of this bucket were moved to, which took versions of before along
 */
record HorizonRow(long whole, long moments, boolean pending, RetentionPolicy applied, List<Link> links) {
    /** Of what belongs to no bucket. */
    static final HorizonRow OF_NOBODY = new HorizonRow(0, 0, false, RetentionPolicy.NONE, List.of());

    private static final int LINKS_MAX = 100_000;

    /**
     * Another bucket to which folders were moved: versions that began before and ended there are filed there.
     *
     * @param scope that bucket's
     * @param moved the commit of the last such move; moments before it need the other history, too
     */
    record Link(long scope, long moved) {}

    private static final byte[] PREFIX = "history\0".getBytes(StandardCharsets.US_ASCII);

    /** The row of a bucket's scope. */
    static byte[] key(long scope) {
        return ByteBuffer.allocate(PREFIX.length + Long.BYTES)
                .put(PREFIX)
                .putLong(scope)
                .array();
    }

    /** A scope's row; one that was never written stands for a history without gaps that is to be filed anew. */
    static HorizonRow read(MetadataView view, long scope) throws IOException {
        byte[] row = view.get(Family.SYSTEM, key(scope));
        return row == null ? new HorizonRow(0, 0, true, RetentionPolicy.FOREVER, List.of()) : decode(row);
    }

    void write(Commit commit, long scope) {
        commit.put(Family.SYSTEM, key(scope), encode());
    }

    /** What a change of the policy leaves: what was dropped by the old one may be missing at moments that the new one would keep. */
    HorizonRow applying(RetentionPolicy policy, long sequence) {
        if (policy.equals(applied)) {
            return this;
        }
        // Without any history nothing was filed, so nothing from before can be told.
        long wholeNow = applied.isNone() ? Math.max(whole, sequence) : whole;
        return new HorizonRow(wholeNow, applied.coversMomentsOf(policy) ? moments : wholeNow, true, policy, links);
    }

    HorizonRow filed() {
        return new HorizonRow(whole, moments, false, applied, links);
    }

    /** A folder is moved to another bucket. */
    HorizonRow linked(long scope, long moved) {
        List<Link> changed = new ArrayList<>(links);
        changed.removeIf(link -> link.scope() == scope);
        changed.add(new Link(scope, moved));
        return new HorizonRow(whole, moments, pending, applied, List.copyOf(changed));
    }

    /**
     * A version that ended then is dropped.
     *
     * @param byForce not because the policy would not keep it
     */
    HorizonRow dropped(long end, boolean byForce) {
        long wholeNow = Math.max(whole, end);
        return new HorizonRow(wholeNow, byForce ? Math.max(moments, end) : moments, pending, applied, links);
    }

    /** Whether a bucket's state at a moment can be shown as it was. */
    static boolean shows(MetadataView view, long scope, long moment, long now) throws IOException {
        Set<Long> asked = new HashSet<>();
        Deque<Long> open = new ArrayDeque<>(List.of(scope));
        while (!open.isEmpty()) {
            long next = open.pop();
            // Where nothing is known any more, nothing is left.
            boolean known = next == scope || view.get(Family.SYSTEM, key(next)) != null;
            HorizonRow row = known ? read(view, next) : OF_NOBODY;
            if (asked.add(next)) {
                if (!row.shows(moment, now)) {
                    return false;
                }
                row.links.stream().filter(link -> moment < link.moved()).forEach(link -> open.push(link.scope()));
            }
        }
        return true;
    }

    private boolean shows(long moment, long now) {
        return !applied.isNone() && (moment >= whole || (moment >= moments && applied.keepsMoment(moment, now)));
    }

    byte[] encode() {
        byte[] policy = Rows.utf8(applied.toString());
        ByteBuffer row = ByteBuffer.allocate(
                2 * Long.BYTES + 1 + 2 * Varint.BYTES_MAX + policy.length + 2 * Long.BYTES * links.size());
        row.putLong(whole).putLong(moments).put((byte) (pending ? 1 : 0));
        Rows.writeText(row, policy);
        Varint.write(row, links.size());
        links.forEach(link -> row.putLong(link.scope()).putLong(link.moved()));
        return Rows.trimmed(row);
    }

    static HorizonRow decode(byte[] bytes) throws CorruptionException {
        ByteBuffer row = ByteBuffer.wrap(bytes);
        Rows.requireBytes(row, 2 * Long.BYTES + 1);
        long whole = row.getLong();
        long moments = row.getLong();
        boolean pending = row.get() != 0;
        String text = Rows.readText(row);
        RetentionPolicy applied = RetentionPolicy.parse(text)
                .orElseThrow(() -> new CorruptionException("A retention of an unknown form: " + text));
        List<Link> links = new ArrayList<>();
        for (int i = Varint.readInt(row, LINKS_MAX); i > 0; i--) {
            links.add(new Link(Rows.readLong(row), Rows.readLong(row)));
        }
        return new HorizonRow(whole, moments, pending, applied, List.copyOf(links));
    }
}
