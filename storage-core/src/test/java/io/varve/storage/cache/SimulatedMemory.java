package io.varve.storage.cache;

import io.varve.storage.fingerprint.Fingerprint;
import java.nio.ByteBuffer;

/** What {@link MemoryCache} keeps of a trace whose keys all have the same length: the cache itself, over chunks of a byte each. */
final class SimulatedMemory implements SimulatedPeers.Simulated {
    private static final int ENTRY_BYTES = 161;
    private static final int REGIONS = 128;
    private static final int ENTRIES_IN_REGION_MIN = 16;

    private final MemoryCache cache;
    private final ByteBuffer bytes = ByteBuffer.allocate(1);

    /** @param entries how many it may hold */
    SimulatedMemory(long entries) {
        int inRegion = Math.toIntExact(Math.max(ENTRIES_IN_REGION_MIN, entries / REGIONS));
        cache = new MemoryCache(entries * ENTRY_BYTES, inRegion * ENTRY_BYTES);
    }

    @Override
    public boolean access(int key, int length) {
        Fingerprint chunk = new Fingerprint(mixed(key), mixed((key + 1L) << 32), key, 0);
        if (cache.get(chunk) != null) {
            return true;
        }
        cache.offer(chunk, bytes);
        return false;
    }

    private static long mixed(long key) {
        long mixed = (key + 1) * 0x9E3779B97F4A7C15L;
        return mixed ^ (mixed >>> 31);
    }
}
