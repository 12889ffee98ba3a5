package io.varve.storage.chunkstore;

import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.io.CorruptionException;
import java.nio.ByteBuffer;

/** The payload of a delta's segment record: the base's fingerprint, so that the record tells by itself what it is, and the delta. */
final class DeltaPayload {
    private DeltaPayload() {}

    static ByteBuffer of(Fingerprint base, ByteBuffer delta) {
        ByteBuffer payload = ByteBuffer.allocate(Fingerprint.BYTES + delta.remaining());
        base.write(payload);
        return payload.put(delta.duplicate()).flip();
    }

    /**
     * The delta in a payload.
     *
     * @throws CorruptionException if it stands on another base
     */
    static ByteBuffer delta(ByteBuffer payload, Fingerprint base) throws CorruptionException {
        if (payload.remaining() < Fingerprint.BYTES
                || !Fingerprint.read(payload.duplicate()).equals(base)) {
            throw new CorruptionException("A delta's record does not name chunk " + base.toHex() + " as its base.");
        }
        return payload.slice(payload.position() + Fingerprint.BYTES, payload.remaining() - Fingerprint.BYTES);
    }
}
