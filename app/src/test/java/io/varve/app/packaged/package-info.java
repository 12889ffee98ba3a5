/** The packaged program as its users have it: processes that are started, driven from outside, killed and started again. */
@NullMarked
package io.varve.app.packaged;

import org.jspecify.annotations.NullMarked;
