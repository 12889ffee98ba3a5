package io.varve.storage.delta;

/**
 * What a version's chunks have to do with what the store holds besides, and what follows from it.
 *
 * @param chunks how many chunks the version has
 * @param known how many of them were in the store already
 * @param resembling how many of the others share a super-feature with another chunk, of this version or not
 */
public record VersionMatch(long chunks, long known, long resembling) {
    /** So few new chunks are tried without asking: the rates say nothing yet. */
    private static final int NEW_CHUNKS_FEW = 8;

    /**
     * Where less than one chunk in so many is known or similar, the two versions have little to do with each other, and of the aligned
     * neighbours less than 3 in 100 pay; with one chunk in four it is every second one.
     */
    private static final int RELATED_ONE_IN = 8;

    public VersionMatch {
        if (known < 0 || resembling < 0 || known + resembling > chunks) {
            throw new IllegalArgumentException(
                    "Of " + chunks + " chunks, " + known + " cannot be known and " + resembling + " similar.");
        }
    }

    /** How the version's new chunks are best stored. */
    public VersionStrategy strategy() {
        if (known == chunks) {
            return VersionStrategy.DEDUPLICATED;
        }
        if (chunks - known < NEW_CHUNKS_FEW) {
            return VersionStrategy.DELTA;
        }
        long related = known + resembling;
        if (related == 0) {
            return VersionStrategy.WHOLE;
        }
        return related * RELATED_ONE_IN < chunks ? VersionStrategy.DELTA_OF_RESEMBLING : VersionStrategy.DELTA;
    }
}
