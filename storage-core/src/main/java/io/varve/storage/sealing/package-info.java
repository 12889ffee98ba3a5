/**
 * Encryption at rest: master keys, the data keys of files, and how bytes are sealed with those.
 *
 * <p>Every file that is sealed has a data key of its own, made for it and kept in its header, wrapped by a master key
 * ({@link io.varve.storage.sealing.KeyRing}). <b>A data key seals only in the run of the program that made it</b>, and only through the one
 * {@link io.varve.storage.sealing.FileSealer} that made it, which counts its nonces; what is read from a header, a
 * {@link io.varve.storage.sealing.FileKey}, can open and nothing else. So no nonce is ever used twice with one key, whatever a crash, a
 * failed write or a restored backup does to files. Everything here is safe for any number of threads.
 */
@NullMarked
package io.varve.storage.sealing;

import org.jspecify.annotations.NullMarked;
