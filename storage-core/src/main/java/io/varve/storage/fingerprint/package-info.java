/**
 * Names and checks bytes: SHA-256 fingerprints, by which chunks are known and deduplicated, and the fast checksums (XXH3-64,
 * CRC32C) that notice damage. Pure functions; no state, no I/O.
 */
@NullMarked
package io.varve.storage.fingerprint;

import org.jspecify.annotations.NullMarked;
