package io.varve.storage.namespace;

import java.time.Instant;
import java.util.Optional;

/**
 * One of the contents a path had, for the time it was there. At every moment from {@code from} until before {@code to}, and only then,
 * the past shows it at the path.
 *
 * @param entry the content and what the client said of it
 * @param from when it came here
 * @param to when it ceased to be here; empty if it is here now
 * @param fate what became of it
 */
public record Version(Entry entry, Instant from, Optional<Instant> to, Fate fate) {

    /** What becomes of a version. */
    public enum Fate {
        /** It is what the path shows now. */
        CURRENT,
        /** Another content took its place. */
        REPLACED,
        /** It was deleted, itself or with a folder above it. */
        DELETED,
        /** It was moved away, itself or with a folder above it. */
        MOVED
    }
}
