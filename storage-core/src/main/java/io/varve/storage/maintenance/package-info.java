/**
 * What keeps a store in shape while it serves: expiry of history, garbage collection, checkpoints; and the offline check.
 *
 * <p>Every job acts in small steps that are each one commit, so it can stop anywhere, and yields to requests between steps.
 */
@NullMarked
package io.varve.storage.maintenance;

import org.jspecify.annotations.NullMarked;
