package io.varve.s3.body;

import java.util.Map;

/**
 * A body that arrived whole and hashes to everything its request said it would.
 *
 * @param length its bytes, without framing
 * @param md5Hex its MD5
 * @param checksums the checksums that were computed, in base64
 */
public record ReceivedBody(long length, String md5Hex, Map<ChecksumAlgorithm, String> checksums) {

    public ReceivedBody {
        checksums = Map.copyOf(checksums);
    }
}
