package io.varve.storage.cache;

import io.varve.storage.fingerprint.Fingerprint;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers by name what left lately, from which queue and when, as S3-FIFO's ghost queue does: exact, for as many chunks as the cache holds. A
 * {@link GhostTable} takes a tenth of the memory and is wrong now and then; a cache in memory has few enough chunks, and too little room to waste
 * on wrong guesses. For one thread at a time.
 */
final class GhostNames {
    /** What left within so small a part of the cache would be there still if its queue were a little longer. */
    private static final int JUST_LEFT_PART = 16;

    /** With how much had left its queue when each went, in bytes; the oldest first. */
    private final Map<Fingerprint, Long> fromSmall = new LinkedHashMap<>();

    private final Map<Fingerprint, Long> fromMain = new LinkedHashMap<>();
    private final long justLeftBytes;
    private long leftSmall;
    private long leftMain;

    /** @param cacheBytes the size of the cache */
    GhostNames(long cacheBytes) {
        justLeftBytes = cacheBytes / JUST_LEFT_PART;
    }

    /**
     * Remembers a chunk that leaves.
     *
     * @param chunks how many are in the cache
     */
    void add(Fingerprint chunk, boolean main, int bytes, int chunks) {
        if (main) {
            leftMain += bytes;
            fromMain.put(chunk, leftMain);
            limit(fromMain, chunks / JUST_LEFT_PART);
        } else {
            leftSmall += bytes;
            fromSmall.put(chunk, leftSmall);
            limit(fromSmall, chunks);
        }
    }

    private static void limit(Map<Fingerprint, Long> names, int most) {
        for (Iterator<Fingerprint> oldest = names.keySet().iterator(); names.size() > Math.max(1, most); ) {
            oldest.next();
            oldest.remove();
        }
    }

    /** What is remembered of a chunk; nothing any more then. */
    GhostTable.Memory remove(Fingerprint chunk) {
        Long small = fromSmall.remove(chunk);
        Long main = fromMain.remove(chunk);
        if (small != null) {
            return leftSmall - small <= justLeftBytes
                    ? GhostTable.Memory.JUST_LEFT_SMALL
                    : GhostTable.Memory.LEFT_SMALL;
        }
        return main != null && leftMain - main <= justLeftBytes
                ? GhostTable.Memory.JUST_LEFT_MAIN
                : GhostTable.Memory.NONE;
    }
}
