package io.varve.storage;

import io.varve.storage.io.Mirror;
import io.varve.storage.io.TimedCalls;
import java.util.Optional;

/** How a store stands with its second copy: it has none, has it, or has to do without it until it is opened again. Thread-safe. */
public final class MirrorStanding {
    private final Optional<MirrorCopy> copy;
    private final Optional<String> absence;
    private final Optional<TimedCalls> calls;

    private MirrorStanding(Optional<MirrorCopy> copy, Optional<String> absence, Optional<TimedCalls> calls) {
        this.copy = copy;
        this.absence = absence;
        this.calls = calls;
    }

    static MirrorStanding none() {
        return new MirrorStanding(Optional.empty(), Optional.empty(), Optional.empty());
    }

    static MirrorStanding of(MirrorCopy copy, TimedCalls calls) {
        return new MirrorStanding(Optional.of(copy), Optional.empty(), Optional.of(calls));
    }

    static MirrorStanding absent(String reason, TimedCalls calls) {
        return new MirrorStanding(Optional.empty(), Optional.of(reason), Optional.of(calls));
    }

    Optional<MirrorCopy> copy() {
        return copy;
    }

    /** What the mirror is: empty if there shall be none. */
    public Optional<Mirror.State> state() {
        return absence.isPresent()
                ? Optional.of(Mirror.State.STALE)
                : copy.map(opened -> opened.mirror().state());
    }

    /** Why it is stale, if it is: a sentence. */
    public Optional<String> trouble() {
        return absence.or(() -> copy.flatMap(opened -> opened.mirror().trouble()));
    }

    /** How many operations on it have been given up and have not come back: 0 to {@value TimedCalls#CALLS_MAX}. */
    public int hanging() {
        return calls.map(TimedCalls::late).orElse(0);
    }
}
