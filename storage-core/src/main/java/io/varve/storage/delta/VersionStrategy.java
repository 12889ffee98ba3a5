package io.varve.storage.delta;

/** How the chunks that a version adds to the store are stored. */
public enum VersionStrategy {
    /** It adds none: all of them were there. */
    DEDUPLICATED,
    /** Each by itself: the version has nothing to do with what was there, as when it was packed or encrypted anew. */
    WHOLE,
    /** Against chunks that share super-features: what stands at the same place in the previous version is something else. */
    DELTA_OF_RESEMBLING,
    /** Against chunks that share super-features, and against neighbours at the aligned place of the previous version. */
    DELTA;

    /** Whether bases found by super-features are tried. */
    boolean triesResembling() {
        return this == DELTA || this == DELTA_OF_RESEMBLING;
    }

    /** Whether bases found by their place are tried. */
    boolean triesAligned() {
        return this == DELTA;
    }
}
