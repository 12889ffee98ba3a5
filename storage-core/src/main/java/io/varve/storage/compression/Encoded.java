package io.varve.storage.compression;

import java.nio.ByteBuffer;

/**
 * A chunk as it is to be stored.
 *
 * @param codec what decodes it
 * @param bytes the stored bytes, from position to limit; with {@link Codec#RAW} they may be the caller's own
 */
public record Encoded(Codec codec, ByteBuffer bytes) {}
