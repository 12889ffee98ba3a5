/**
 * Stores chunks as differences to similar ones, or together with their neighbours. Pure computation: no I/O, no clock, no threads.
 *
 * <p>{@link io.varve.storage.delta.Odess} says which chunks resemble each other, {@link io.varve.storage.delta.ChainRules} which of them
 * may be the base of which and are worth trying, {@link io.varve.storage.delta.DeltaCodec} encodes and decodes the difference, and
 * {@link io.varve.storage.delta.Frame} holds chunks that were compressed as one. {@code docs/adr/0006-resemblance.md} says what was
 * measured.
 */
@NullMarked
package io.varve.storage.delta;

import org.jspecify.annotations.NullMarked;
