/**
 * Keeps the bytes of chunks in segments: append-only files of checksummed records, written by many appenders through large aligned
 * buffers and made durable by one sync for a whole group of commits.
 *
 * <p>Begin with {@link io.varve.storage.segment.SegmentStore}. What a record's codec and payload mean is the caller's matter; here
 * they are bytes that must come back as they were given, or not at all. The layout is in {@code docs/format.md}, "Segments".
 */
@NullMarked
package io.varve.storage.segment;

import org.jspecify.annotations.NullMarked;
