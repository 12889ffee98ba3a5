package io.varve.storage.segment;

/** A record's header as it lies on disk: what the appender said, and what the store added. */
record RecordHeader(ChunkRecord chunk, int storedLength, int storedCrc32c) {}
