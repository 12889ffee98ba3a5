package io.varve.storage.delta;

import java.util.Optional;

/** The ways to find similar chunks that are compared. */
public enum Detector {
    /** None: only the neighbour at the aligned place is left. */
    NONE {
        @Override
        long[] superFeatures(byte[] data, int offset, int length) {
            return new long[0];
        }
    },
    /** The one that is used: 32 bytes, one of 64, three pairs. */
    ODESS {
        @Override
        long[] superFeatures(byte[] data, int offset, int length) {
            Optional<SuperFeatures> found = Odess.of(data, offset, length);
            return found.map(sf -> new long[] {sf.first(), sf.second(), sf.third()})
                    .orElseGet(() -> new long[0]);
        }
    },
    /** With the parameters of its paper: 64 bytes, one of 128, three of four. */
    ODESS_PAPER {
        @Override
        long[] superFeatures(byte[] data, int offset, int length) {
            return PAPER.superFeatures(data, offset, length);
        }
    },
    /** With the paper's twelve features, as pairs: six super-features. */
    ODESS_SIX_PAIRS {
        @Override
        long[] superFeatures(byte[] data, int offset, int length) {
            return SIX_PAIRS.superFeatures(data, offset, length);
        }
    },
    /** Three triples. */
    ODESS_TRIPLES {
        @Override
        long[] superFeatures(byte[] data, int offset, int length) {
            return TRIPLES.superFeatures(data, offset, length);
        }
    },
    /** Finesse. */
    FINESSE {
        @Override
        long[] superFeatures(byte[] data, int offset, int length) {
            return Finesse.superFeatures(data, offset, length);
        }
    };

    private static final SampledFeatures PAPER = new SampledFeatures(64, 7, 3, 4);
    private static final SampledFeatures SIX_PAIRS = new SampledFeatures(32, 6, 6, 2);
    private static final SampledFeatures TRIPLES = new SampledFeatures(32, 6, 3, 3);

    /** The chunk's super-features, each with its place in the array; none if it has nothing to go by. */
    abstract long[] superFeatures(byte[] data, int offset, int length);
}
