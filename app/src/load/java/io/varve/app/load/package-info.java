/**
 * Load: what the packaged server does beside a plain-file server, in one interleaved run on one machine. A scenario is one line in
 * {@link io.varve.app.load.Scenarios}; a new kind of work is one small class that implements {@link io.varve.app.load.Workload}.
 *
 * <p>{@link io.varve.app.load.Corpora} is the other program here: it stores version series in the packaged server and in other
 * deduplicating stores. A corpus is a line in a list, a store is one small class that implements {@link io.varve.app.load.VersionStore}.
 */
@NullMarked
package io.varve.app.load;

import org.jspecify.annotations.NullMarked;
