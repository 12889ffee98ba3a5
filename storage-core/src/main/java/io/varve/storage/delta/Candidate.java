package io.varve.storage.delta;

import java.util.List;

/**
 * A chunk that another could be stored against.
 *
 * @param <C> what names a chunk
 * @param base the chunk
 * @param shared how many super-features both have in common, 1 to 3; 0 if the chunk only stands at the aligned place of the previous
 *     version
 * @param chain what the base itself is decoded through: its own base first, the chunk that is stored whole last; empty if that is
 *     the base itself
 */
public record Candidate<C>(C base, int shared, List<C> chain) {

    public Candidate {
        if (shared < 0 || shared > 3) {
            throw new IllegalArgumentException("Two chunks cannot share " + shared + " super-features.");
        }
        chain = List.copyOf(chain);
    }
}
