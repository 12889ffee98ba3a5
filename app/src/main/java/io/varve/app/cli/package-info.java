/** The command line: {@code ./varve COMMAND}. Small commands talk to the running server and do not start Spring. */
@NullMarked
package io.varve.app.cli;

import org.jspecify.annotations.NullMarked;
