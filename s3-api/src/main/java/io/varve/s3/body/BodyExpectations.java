package io.varve.s3.body;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a request's head says its body must hash to.
 *
 * @param md5Hex from Content-MD5; empty if there is none
 * @param checksum the algorithm asked for; empty if there is none
 * @param checksumValue its value from a header; empty if it comes in the trailer
 */
record BodyExpectations(Optional<String> md5Hex, Optional<ChecksumAlgorithm> checksum, Optional<String> checksumValue) {

    private static final int MD5_BYTES = 16;

    /** Headers of that family that carry no checksum. */
    private static final Set<String> NO_VALUES =
            Set.of("x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type");

    /** Nothing is expected. */
    static final BodyExpectations NONE = new BodyExpectations(Optional.empty(), Optional.empty(), Optional.empty());

    static BodyExpectations of(Headers headers) {
        Optional<String> md5 = headers.find("content-md5").map(BodyExpectations::md5);
        Map<ChecksumAlgorithm, String> inHeaders = new EnumMap<>(ChecksumAlgorithm.class);
        headers.withPrefix("x-amz-checksum-").forEach((name, value) -> {
            if (!NO_VALUES.contains(name)) {
                ChecksumAlgorithm algorithm = ChecksumAlgorithm.ofHeader(name)
                        .orElseThrow(() -> new S3Exception(
                                S3Error.NOT_IMPLEMENTED, "The checksum of header " + name + " is not implemented."));
                inHeaders.put(algorithm, algorithm.checked(value));
            }
        });
        Optional<ChecksumAlgorithm> inTrailer = trailerAlgorithm(headers.get("x-amz-trailer"));
        if (inHeaders.size() + (inTrailer.isPresent() ? 1 : 0) > 1) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
        }
        Optional<ChecksumAlgorithm> inHeader = inHeaders.keySet().stream().findFirst();
        Optional<ChecksumAlgorithm> checksum = inHeader.or(() -> inTrailer);
        checkAnnounced(headers, checksum);
        return new BodyExpectations(md5, checksum, inHeader.map(inHeaders::get));
    }

    private static void checkAnnounced(Headers headers, Optional<ChecksumAlgorithm> checksum) {
        Optional<String> announced = headers.find("x-amz-sdk-checksum-algorithm");
        if (announced.isEmpty()) {
            return;
        }
        if (checksum.isEmpty()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer"
                            + " headers were found.");
        }
        if (!checksum.equals(ChecksumAlgorithm.ofName(announced.get()))) {
            throw new S3Exception(S3Error.INVALID_REQUEST, "Value for x-amz-sdk-checksum-algorithm header is invalid.");
        }
    }

    private static Optional<ChecksumAlgorithm> trailerAlgorithm(String names) {
        Optional<ChecksumAlgorithm> found = Optional.empty();
        for (String name : names.split(",", -1)) {
            String trimmed = name.strip();
            if (trimmed.isEmpty()) {
                continue;
            }
            Optional<ChecksumAlgorithm> algorithm = ChecksumAlgorithm.ofHeader(trimmed);
            if (algorithm.isEmpty() || found.isPresent()) {
                throw new S3Exception(
                        S3Error.INVALID_REQUEST, "The value specified in the x-amz-trailer header is not supported");
            }
            found = algorithm;
        }
        return found;
    }

    private static String md5(String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            if (bytes.length == MD5_BYTES) {
                return HexFormat.of().formatHex(bytes);
            }
        } catch (IllegalArgumentException ignored) {
            // Not base64 at all: the same answer as base64 of a wrong length.
        }
        throw new S3Exception(S3Error.INVALID_DIGEST).with("Content-MD5", base64);
    }
}
