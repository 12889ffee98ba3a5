package io.varve.storage.journal;

/**
 * A snapshot of what a {@link Journal} holds, and what it has done since it was opened. Lengths are in bytes.
 *
 * @param files how many files there are
 * @param storedBytes their sizes
 * @param groups groups made durable
 * @param records their records
 * @param bytes what was written for them, in whole blocks
 * @param syncs syncs for them
 */
public record JournalStatistics(int files, long storedBytes, long groups, long records, long bytes, long syncs) {}
