/**
 * Keeps decoded chunks at hand. A cache holds nothing that is not stored elsewhere: without it everything works, only slower.
 */
@NullMarked
package io.varve.storage.cache;

import org.jspecify.annotations.NullMarked;
