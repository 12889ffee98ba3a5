package io.varve.storage.chunkstore;

import io.varve.storage.segment.Tier;
import java.util.List;

/**
 * What of a segment is due for another tier.
 *
 * @param segment the segment's id
 * @param from where it lies
 * @param to where its chunks go
 * @param stretches which stretches of it, in ascending order
 * @param bytes what lives in them; an estimate
 */
public record TierMove(int segment, Tier from, Tier to, List<Integer> stretches, long bytes) {
    public TierMove {
        stretches = List.copyOf(stretches);
    }
}
