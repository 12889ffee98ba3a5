/**
 * The log of commits, which is the store's truth, and the checkpoints that allow its old files to go.
 *
 * <p>Begin with {@link io.varve.storage.journal.Journal}. What the records and checkpoint blocks say is the caller's matter; here
 * they are bytes with a sequence number. The layout is in {@code docs/format.md}, "Journal" and "Checkpoints".
 */
@NullMarked
package io.varve.storage.journal;

import org.jspecify.annotations.NullMarked;
