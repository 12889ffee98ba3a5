package io.varve.storage.namespace;

import java.util.Set;

/**
 * How a change is to be made.
 *
 * @param principal the user on whose behalf, for locks and the audit trail
 * @param tree the rules for parents and for names that are both a file and a directory
 * @param lockTokens the lock tokens the client submitted
 * @param precondition what must hold, in the same atomic step, of the entry that is written or removed; of a copy or move that
 *     is the target
 * @param sourcePrecondition what must hold of the source of a copy or move
 */
public record WriteOptions(
        String principal,
        Tree tree,
        Set<String> lockTokens,
        Precondition precondition,
        Precondition sourcePrecondition) {

    /** Which rules a door's clients live by. */
    public enum Tree {
        /** S3: keys are flat; parents come and go by themselves, {@code a} and {@code a/b} may coexist. */
        KEYS,
        /** A file system: the parent directory must exist, and a name is a file or a directory, not both. */
        FOLDERS
    }

    public WriteOptions {
        lockTokens = Set.copyOf(lockTokens);
    }

    /** A change by S3's rules without conditions. */
    public static WriteOptions keys(String principal) {
        return new WriteOptions(principal, Tree.KEYS, Set.of(), Precondition.NONE, Precondition.NONE);
    }

    /** A change by a file system's rules without conditions. */
    public static WriteOptions folders(String principal) {
        return new WriteOptions(principal, Tree.FOLDERS, Set.of(), Precondition.NONE, Precondition.NONE);
    }

    public WriteOptions when(Precondition condition) {
        return new WriteOptions(principal, tree, lockTokens, condition, sourcePrecondition);
    }

    public WriteOptions whenSource(Precondition condition) {
        return new WriteOptions(principal, tree, lockTokens, precondition, condition);
    }

    public WriteOptions holding(Set<String> tokens) {
        return new WriteOptions(principal, tree, tokens, precondition, sourcePrecondition);
    }
}
