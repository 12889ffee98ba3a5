package io.varve.storage.namespace;

/**
 * What lies under a directory now, all levels together.
 *
 * @param bytes the sum of the current files' lengths
 * @param files how many current files
 */
public record Usage(long bytes, long files) {}
