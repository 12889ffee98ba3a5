package io.varve.storage.namespace;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A bucket: a top-level folder with settings of its own.
 *
 * @param name 3 to 63 characters by S3's naming rules
 * @param owner the user who made it
 * @param created when it was made
 * @param rootDirectory the id of its root directory
 * @param settings what the doors keep with it, under names of their own; settings of the namespace itself are not among them
 * @param versioning whether it keeps versions
 * @param objectLock whether versions can be locked, and what new ones get; empty if they cannot
 * @param quotaBytes what its current files may take together, see {@link Quotas}; empty for any amount
 */
public record Bucket(
        String name,
        String owner,
        Instant created,
        long rootDirectory,
        Attributes settings,
        Versioning versioning,
        Optional<ObjectLock> objectLock,
        OptionalLong quotaBytes) {}
