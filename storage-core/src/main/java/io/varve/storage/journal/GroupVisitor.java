package io.varve.storage.journal;

import java.io.IOException;

/** Takes the groups of a {@link Journal#replay}. */
@FunctionalInterface
public interface GroupVisitor {

    /** What becomes of a group. */
    enum Verdict {
        /** It holds. */
        KEEP,
        /** It never happened. Only for a group that is in doubt. */
        DISCARD
    }

    /**
     * Called for one group after the other, in their order.
     *
     * @param group the records behind the sequence that the replay began with; there is at least one
     * @param inDoubt true for the last group if nothing proves that its commits were answered: the crash may have come after its
     *     write and before that of the chunks it names. If those are not all there, it must be discarded
     * @throws IOException to end the replay
     */
    Verdict visit(JournalGroup group, boolean inDoubt) throws IOException;
}
