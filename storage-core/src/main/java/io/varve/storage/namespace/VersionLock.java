package io.varve.storage.namespace;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What keeps a version from being deleted (user guide, "Locking objects with Object Lock"): a retention that ends, a legal hold that
 * does not, or both. Immutable.
 *
 * @param retention until when nobody may delete it
 * @param hold whether it is held until somebody says otherwise
 */
public record VersionLock(Optional<Retention> retention, Hold hold) {

    /** Nothing keeps it. */
    public static final VersionLock NONE = new VersionLock(Optional.empty(), Hold.UNSET);

    private static final String MODE = Attributes.LOCK + "mode";
    private static final String UNTIL = Attributes.LOCK + "until";
    private static final String HELD = Attributes.LOCK + "held";

    /** A legal hold. */
    public enum Hold {
        /** Nobody ever said anything about it. */
        UNSET,
        ON,
        OFF
    }

    /** How strict a retention is. */
    public enum Mode {
        /** Who has the right to may end it early. */
        GOVERNANCE,
        /** Nobody may end it early. */
        COMPLIANCE
    }

    /** A lock with an end, kept in milliseconds. */
    public record Retention(Mode mode, Instant until) {
        private boolean isOver(Instant now) {
            return !until.isAfter(now);
        }
    }

    /** What an entry's attributes say. */
    public static VersionLock of(Attributes attributes) {
        Optional<Retention> retention = attributes
                .get(MODE)
                .map(mode -> new Retention(
                        Mode.valueOf(mode.toUpperCase(Locale.ROOT)),
                        instant(attributes.get(UNTIL).orElse("0"))));
        Hold hold = attributes
                .get(HELD)
                .map(text -> Hold.valueOf(text.toUpperCase(Locale.ROOT)))
                .orElse(Hold.UNSET);
        return new VersionLock(retention, hold);
    }

    private static Instant instant(String millis) {
        try {
            return Instant.ofEpochMilli(Long.parseLong(millis));
        } catch (NumberFormatException | DateTimeException e) {
            // What cannot be read must not let go of a version.
            return Instant.MAX;
        }
    }

    /** Attributes that say this, and nothing else of locks. */
    public Attributes in(Attributes attributes) {
        Attributes changed = attributes.without(MODE).without(UNTIL).without(HELD);
        if (retention.isPresent()) {
            changed = changed.with(MODE, retention.get().mode().name().toLowerCase(Locale.ROOT))
                    .with(UNTIL, Long.toString(retention.get().until().toEpochMilli()));
        }
        return hold == Hold.UNSET ? changed : changed.with(HELD, hold.name().toLowerCase(Locale.ROOT));
    }

    /**
     * Insists that a version may be deleted.
     *
     * @param bypass whether whoever asks may end a retention of the mode {@code GOVERNANCE} early, and wants to
     * @throws StorageException.VersionHeld if it may not
     */
    void requireFree(EntryPath path, Instant now, boolean bypass) {
        if (hold == Hold.ON) {
            throw new StorageException.VersionHeld("A version of '" + path + "' is under a legal hold.");
        }
        if (retention.isPresent() && !retention.get().isOver(now)) {
            Retention kept = retention.get();
            if (kept.mode() == Mode.COMPLIANCE || !bypass) {
                throw new StorageException.VersionHeld(
                        "A version of '" + path + "' is locked until " + kept.until() + ".");
            }
        }
    }

    /**
     * The same with another retention.
     *
     * @param wanted empty to remove it
     * @param bypass as for a delete
     * @throws StorageException.VersionHeld if that is less than what holds now
     */
    VersionLock retaining(Optional<Retention> wanted, EntryPath path, Instant now, boolean bypass) {
        if (retention.isPresent() && !retention.get().isOver(now)) {
            Retention kept = retention.get();
            boolean more = wanted.isPresent()
                    && wanted.get().mode() == kept.mode()
                    && !wanted.get().until().isBefore(kept.until());
            boolean free = kept.mode() == Mode.GOVERNANCE && bypass;
            if (!more && !free) {
                throw new StorageException.VersionHeld("The retention of a version of '" + path + "' lasts until "
                        + kept.until() + " and can only be made longer.");
            }
        }
        return new VersionLock(wanted, hold);
    }

    VersionLock holding(boolean on) {
        return new VersionLock(retention, on ? Hold.ON : Hold.OFF);
    }
}
