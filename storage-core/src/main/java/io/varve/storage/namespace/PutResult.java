package io.varve.storage.namespace;

/**
 * What a change left at a path.
 *
 * @param entry the entry as it is now
 * @param created whether nothing was there before
 */
public record PutResult(Entry entry, boolean created) {}
