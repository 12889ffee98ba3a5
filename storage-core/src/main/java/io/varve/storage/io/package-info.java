/**
 * Moves bytes between memory and disk, and nothing else: block devices, flat directories of them, the engine that a directory
 * allows (io_uring, direct, buffered or safe), and the bounded pool of aligned buffers they transfer.
 *
 * <p>Everything above reaches the disk through {@link io.varve.storage.io.DeviceDirectory} and
 * {@link io.varve.storage.io.BlockDevice}, so that tests can put a simulated disk underneath that loses, tears and refuses.
 */
@NullMarked
package io.varve.storage.io;

import org.jspecify.annotations.NullMarked;
