package io.varve.storage.namespace;

/**
 * The rules for bucket names, those of Amazon S3 for general purpose buckets
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html).
 */
public final class BucketNames {
    private static final int LENGTH_MIN = 3;
    private static final int LENGTH_MAX = 63;

    private BucketNames() {}

    /** What a legal name looks like, in one sentence for people. */
    public static final String RULE =
            "A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens, begins and ends"
                    + " with a letter or digit, has no dot beside a dot or a hyphen, and is no IP address.";

    public static boolean isLegal(String name) {
        boolean broken = name.contains("..") || name.contains(".-") || name.contains("-.");
        if (name.length() < LENGTH_MIN || name.length() > LENGTH_MAX || broken) {
            return false;
        }
        boolean digitsAndDots = true;
        int dots = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = c >= 'a' && c <= 'z';
            boolean digit = c >= '0' && c <= '9';
            boolean inner = i > 0 && i < name.length() - 1;
            if (!letter && !digit && !(inner && (c == '.' || c == '-'))) {
                return false;
            }
            digitsAndDots &= digit || c == '.';
            dots += c == '.' ? 1 : 0;
        }
        return !(digitsAndDots && dots == 3);
    }

    /**
     * Requires a legal name.
     *
     * @throws StorageException.InvalidName with the rule
     */
    static void requireLegal(String name) {
        if (!isLegal(name)) {
            throw new StorageException.InvalidName("'" + name + "' cannot be a bucket's name. " + RULE);
        }
    }
}
