/**
 * The one place where the store changes: transactions in, durable and published commits out.
 *
 * <p>{@link io.varve.storage.commit.Committer} runs every transaction on one thread, in groups: it stages their changes over
 * the published metadata, makes journal and segments durable once for the group, publishes, and answers. Recovery after a crash
 * and rebuilding lost metadata are the same replay of the same journal.
 */
@NullMarked
package io.varve.storage.commit;

import org.jspecify.annotations.NullMarked;
