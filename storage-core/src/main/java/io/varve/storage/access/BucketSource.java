package io.varve.storage.access;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** Where decisions look for what is kept with buckets and objects. Thread-safe; answers are those of the present. */
public interface BucketSource {

    /**
     * What is kept with a bucket.
     *
     * @param owner who made it
     * @param settings the settings of doors, by name
     */
    record Kept(String owner, Map<String, String> settings) {
        public Kept {
            settings = Map.copyOf(settings);
        }
    }

    /** A bucket; empty if there is none. */
    Optional<Kept> bucket(String name);

    /**
     * The attributes of an object; none if there is no such object.
     *
     * @param version the id of the version that is asked for; empty for the current one
     */
    Map<String, String> object(String bucket, String key, Optional<String> version);

    /** The time. */
    Instant now();
}
