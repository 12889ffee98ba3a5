/**
 * Load: what the packaged server does beside a plain-file server, in one interleaved run on one machine. A scenario is one line in
 * {@link io.varve.app.load.Scenarios}; a new kind of work is one small class that implements {@link io.varve.app.load.Workload}.
 */
@NullMarked
package io.varve.app.load;

import org.jspecify.annotations.NullMarked;
