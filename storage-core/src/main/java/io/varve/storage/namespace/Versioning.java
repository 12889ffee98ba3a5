package io.varve.storage.namespace;

import java.util.Locale;
import java.util.Optional;

/** Whether a bucket keeps each version of a key until that version itself is deleted. */
public enum Versioning {
    /** It never did: what is replaced or deleted is history, which retention ends. */
    NEVER,
    /** Every write makes a version with an id, and a delete puts a marker in front of them. */
    ENABLED,
    /** What has an id stays; writes and deletes replace the one version without. */
    SUSPENDED;

    /** The name in settings. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Versioning> of(String text) {
        for (Versioning versioning : values()) {
            if (versioning.text().equals(text)) {
                return Optional.of(versioning);
            }
        }
        return Optional.empty();
    }
}
