package io.varve.app.config;

import java.time.Duration;

/** How long overwritten and deleted content stays readable. */
public sealed interface Retention {

    /** Not at all. */
    record None() implements Retention {}

    /**
     * A while, from the moment it stopped being current.
     *
     * @param duration at least one second
     */
    record For(Duration duration) implements Retention {}

    /** Until somebody deletes the history. */
    record Forever() implements Retention {}
}
