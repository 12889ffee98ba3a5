package io.varve.s3.operation;

import io.varve.s3.request.Conditions;
import io.varve.s3.request.Headers;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.StorageException;
import java.util.Optional;

/**
 * The conditions of a write on what it replaces (user guide, "Conditional requests"): {@code If-None-Match: *} to make
 * only, {@code If-Match: etag} to replace only that; also {@code If-None-Match: etag}, to replace anything but that (RFC 9110,
 * section 13.1.2). The store asks them in the step that publishes.
 *
 * @param path where the write goes
 * @param match the entity tags of If-Match; empty for no such condition
 * @param noneMatch the entity tags of If-None-Match, or a star if nothing may be there; empty for no such condition
 */
record WriteConditions(EntryPath path, Optional<String> match, Optional<String> noneMatch) implements Precondition {

    static WriteConditions of(Headers headers, EntryPath path) {
        return new WriteConditions(path, headers.find("if-match"), headers.find("if-none-match"));
    }

    boolean isEmpty() {
        return match.isEmpty() && noneMatch.isEmpty();
    }

    @Override
    public void check(Optional<Entry> current) {
        Optional<Entry> object = ObjectLookup.visible(current);
        if (noneMatch.isPresent()
                && object.isPresent()
                && Conditions.matches(noneMatch.get(), object.get().etag().value())) {
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
