package io.varve.storage.namespace;

import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;
import java.time.Instant;

/**
 * A directory tree that is or was brought in; see {@link Imports}.
 *
 * @param id its number, by which it can be taken back
 * @param source where it comes from, in the words of whoever brings it
 * @param target the folder or bucket it goes to
 * @param started when it began
 * @param state how far it is
 * @param madeBucket whether there was no such bucket before
 */
public record Import(String id, String source, EntryPath target, Instant started, State state, boolean madeBucket) {
    private static final int FINISHED = 1;
    private static final int MADE_BUCKET = 1 << 1;
    private static final int RETURNING = 1 << 2;

    /** How far an import is. */
    public enum State {
        /** It may bring more. */
        OPEN,
        /** All of it was brought. */
        FINISHED,
        /** It is being taken back, and brings nothing any more. */
        RETURNING
    }

    Import in(State changed) {
        return new Import(id, source, target, started, changed, madeBucket);
    }

    byte[] encode() {
        byte[] from = Rows.utf8(source);
        byte[] to = Rows.utf8(target.toString());
        int how = switch (state) {
            case OPEN -> 0;
            case FINISHED -> FINISHED;
            case RETURNING -> RETURNING;
        };
        ByteBuffer row = ByteBuffer.allocate(Long.BYTES + 1 + 20 + from.length + to.length)
                .putLong(EntryRow.micros(started))
                .put((byte) (how | (madeBucket ? MADE_BUCKET : 0)));
        Rows.writeText(row, to);
        Rows.writeText(row, from);
        return Rows.trimmed(row);
    }

    static Import decode(String id, byte[] bytes) throws CorruptionException {
        ByteBuffer row = ByteBuffer.wrap(bytes);
        Instant started = EntryRow.instant(Rows.readLong(row));
        Rows.requireBytes(row, 1);
        int flags = row.get();
        if ((flags & ~(FINISHED | MADE_BUCKET | RETURNING)) != 0) {
            throw new CorruptionException("An import of an unknown state.");
        }
        State state =
                (flags & RETURNING) != 0 ? State.RETURNING : (flags & FINISHED) != 0 ? State.FINISHED : State.OPEN;
        String target = Rows.readText(row);
        int slash = target.indexOf('/');
        if (slash <= 0) {
            throw new CorruptionException("An import to an impossible place.");
        }
        EntryPath folder = new EntryPath(target.substring(0, slash), target.substring(slash + 1));
        return new Import(id, Rows.readText(row), folder, started, state, (flags & MADE_BUCKET) != 0);
    }
}
