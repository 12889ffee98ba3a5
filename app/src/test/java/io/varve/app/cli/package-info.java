/** Tests of the command line. */
@NullMarked
package io.varve.app.cli;

import org.jspecify.annotations.NullMarked;
