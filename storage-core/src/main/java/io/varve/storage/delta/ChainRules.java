package io.varve.storage.delta;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which chunk may be stored against which, and which are worth trying. Decides only; whoever acts on it asks {@link #fit} again in the
 * commit that does, because chains may have changed in between.
 *
 * <p>A chain is what has to be decoded to read a chunk: its base, the base's base, and so on, up to one that is stored whole. To keep the
 * newest version the one that reads fastest, the older chunk is made the target and the newer one the base; the chunks that were
 * encoded against the older one then stand one deeper, which is why the rules ask for the target's height too.
 *
 * @param depthMax how many deltas lie between a chunk and one stored whole, at most; 1 to 16
 */
public record ChainRules(int depthMax) {
    /** Chains of up to 5 deltas. */
    public static final ChainRules DEFAULT = new ChainRules(5);

    private static final int DEPTH_LIMIT = 16;

    /** With so many super-features in common, a base is not worth being compared with another. */
    private static final int SHARED_SURE = 2;

    public ChainRules {
        if (depthMax < 1 || depthMax > DEPTH_LIMIT) {
            throw new IllegalArgumentException("A chain may be 1 to " + DEPTH_LIMIT + " deep, not " + depthMax + ".");
        }
    }

    /** Whether a base may be used, and if not, why. */
    public enum Fit {
        /** It may. */
        FITS,
        /** A chunk is no base of itself. */
        ITSELF,
        /** The base is decoded through the target already. */
        CYCLE,
        /** The target, or a chunk decoded through it, would stand too deep. */
        TOO_DEEP
    }

    /**
     * Says whether a candidate may be the base.
     *
     * @param target the chunk to store as delta
     * @param height how many deltas lie between the target and the farthest chunk that is decoded through it; 0 if there is none
     */
    public <C> Fit fit(C target, int height, Candidate<C> candidate) {
        if (candidate.base().equals(target)) {
            return Fit.ITSELF;
        }
        if (candidate.chain().contains(target)) {
            return Fit.CYCLE;
        }
        return candidate.chain().size() + 1 + height > depthMax ? Fit.TOO_DEEP : Fit.FITS;
    }

    /**
     * Plans which bases to try, at most two; of those that pay, the one with the smallest delta is taken. That is the candidate that has
     * most in common, the less deep one if there are two. If one super-feature is all, or nothing, the neighbour at the aligned
     * place is tried as well.
     *
     * @param target the chunk to store as delta
     * @param height how many deltas lie between the target and the farthest chunk that is decoded through it
     * @param strategy of the version that the target belongs to
     * @param found all candidates, in any order
     * @return the bases to try; empty if the target is better left as it is
     */
    public <C> List<Candidate<C>> toTry(C target, int height, VersionStrategy strategy, List<Candidate<C>> found) {
        List<Candidate<C>> fitting = found.stream()
                .filter(candidate -> fit(target, height, candidate) == Fit.FITS)
                .toList();
        List<Candidate<C>> plan = new ArrayList<>();
        if (strategy.triesResembling()) {
            Optional<Candidate<C>> resembling = fitting.stream()
                    .filter(candidate -> candidate.shared() > 0)
                    .min(Comparator.comparingInt((Candidate<C> candidate) -> -candidate.shared())
                            .thenComparingInt(candidate -> candidate.chain().size()));
            resembling.ifPresent(plan::add);
        }
        if (strategy.triesAligned() && plan.stream().noneMatch(candidate -> candidate.shared() >= SHARED_SURE)) {
            fitting.stream()
                    .filter(candidate -> candidate.shared() == 0)
                    .findFirst()
                    .ifPresent(plan::add);
        }
        return plan;
    }
}
