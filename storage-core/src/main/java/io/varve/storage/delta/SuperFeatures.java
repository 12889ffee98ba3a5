package io.varve.storage.delta;

/**
 * What a chunk looks like, in three numbers: chunks that have one of them in common are likely to differ only a little. Which place
 * a number stands at matters: only {@code first} is compared with {@code first}.
 *
 * @param first any value; uniformly distributed over different content, like the others
 */
public record SuperFeatures(long first, long second, long third) {

    /** How many of the three numbers two chunks have in common, 0 to 3. More in common means that they differ less. */
    public int shared(SuperFeatures other) {
        return (first == other.first ? 1 : 0) + (second == other.second ? 1 : 0) + (third == other.third ? 1 : 0);
    }
}
