package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Conditions;
import io.varve.s3.request.Headers;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.StorageException;
import java.util.Optional;

/**
 * The conditions of a write on what it replaces (user guide, "Conditional requests"): {@code If-None-Match: *} to make
 * only, {@code If-Match: etag} to replace only that. The store asks them in the step that publishes.
 *
 * @param path where the write goes
 * @param match the entity tags of If-Match; empty for no such condition
 * @param absent whether nothing may be there
 */
record WriteConditions(EntryPath path, Optional<String> match, boolean absent) implements Precondition {

    static WriteConditions of(Headers headers, EntryPath path) {
        Optional<String> noneMatch = headers.find("if-none-match");
        if (noneMatch.isPresent() && !noneMatch.get().equals("*")) {
            throw new S3Exception(
                            S3Error.NOT_IMPLEMENTED,
                            "A header you provided implies functionality that is not implemented")
                    .with("Header", "If-None-Match")
                    .with(
                            "additionalMessage",
                            "We don't accept the provided value of If-None-Match header for this API");
        }
        return new WriteConditions(path, headers.find("if-match"), noneMatch.isPresent());
    }

    boolean isEmpty() {
        return match.isEmpty() && !absent;
    }

    @Override
    public void check(Optional<Entry> current) {
        Optional<Entry> object = ObjectLookup.visible(current);
        if (absent && object.isPresent()) {
            throw new StorageException.PreconditionFailed("'" + path + "' exists already.");
        }
        if (match.isPresent()) {
            Entry entry = object.orElseThrow(() -> new StorageException.NoSuchEntry(path));
            if (!Conditions.matches(match.get(), entry.etag().value())) {
                throw new StorageException.PreconditionFailed("'" + path + "' has another entity tag.");
            }
        }
    }
}
