/** The program: one entry point, whose commands start the server or talk to the one that runs. */
@NullMarked
package io.varve.app;

import org.jspecify.annotations.NullMarked;
