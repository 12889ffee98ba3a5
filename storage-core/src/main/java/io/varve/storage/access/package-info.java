/**
 * Users, their keys and roles, and the one decision that every door asks.
 *
 * <p>{@link io.varve.storage.access.AccessControl} is all there is to see.
 */
@NullMarked
package io.varve.storage.access;

import org.jspecify.annotations.NullMarked;
