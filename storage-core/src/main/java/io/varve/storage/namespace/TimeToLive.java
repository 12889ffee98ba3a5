package io.varve.storage.namespace;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When a file is to be deleted by itself: a while after it is written, or at a moment. A client says it with what it stores, as the
 * attribute {@link Attributes#EXPIRES}; the commit that stores it makes a moment of it. Immutable.
 */
public sealed interface TimeToLive {
    /** What {@link Ttl#parse} understands, for people. */
    String GRAMMAR = "a length of time such as 36h, 7d or 1y, or " + Moments.GRAMMAR + " that lies ahead";

    /** A while after the file is written, at least a second. */
    record For(Duration age) implements TimeToLive {
        public For {
            if (age.toSeconds() < 1 || age.toSeconds() > Ages.SECONDS_MAX) {
                throw new IllegalArgumentException("a time to live is a second to 1,000 years, not " + age);
            }
        }

        @Override
        public long due(long written) {
            return written + age.toSeconds() * 1_000_000;
        }

        @Override
        public String toString() {
            return Ages.text(age);
        }
    }

    /** At a moment. */
    record Until(Instant moment) implements TimeToLive {
        @Override
        public long due(long written) {
            return EntryRow.microsOf(moment);
        }

        @Override
        public String toString() {
            return Long.toString(EntryRow.microsOf(moment));
        }
    }

    /** When a file goes that was written by a commit; both in microseconds since the epoch. */
    long due(long written);

    /** The attributes with this said among them. */
    default Attributes in(Attributes attributes) {
        return attributes.with(Attributes.EXPIRES, toString());
    }

    /** Reads a length of time of a second or more, or a moment; empty if it is neither. */
    static Optional<TimeToLive> parse(String text) {
        Optional<TimeToLive> age =
                Ages.parse(text.strip()).filter(time -> !time.isZero()).map(For::new);
        return age.or(() -> Moments.parse(text).map(Until::new));
    }

    /**
     * Makes a moment of what a client asked for.
     *
     * @param asked attributes that may say a time to live, in the form that {@link #in} gives it
     * @param written the commit that stores them
     */
    static Attributes resolved(Attributes asked, long written) {
        Optional<String> said = asked.get(Attributes.EXPIRES);
        if (said.isEmpty()) {
            return asked;
        }
        Optional<Duration> age = Ages.parse(said.get());
        return age.isEmpty() ? asked : asked.with(Attributes.EXPIRES, Long.toString(new For(age.get()).due(written)));
    }
}
