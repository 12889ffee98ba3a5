/** The storage engine as its users see it: one facade over the rows below. */
@NullMarked
package io.varve.storage;

import org.jspecify.annotations.NullMarked;
