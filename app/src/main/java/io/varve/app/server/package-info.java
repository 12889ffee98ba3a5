/** The running server: the engine, its doors, and the operator's interface, wired together. */
@NullMarked
package io.varve.app.server;

import org.jspecify.annotations.NullMarked;
