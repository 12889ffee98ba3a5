package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.body.RequestBody;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The headers by which a client chooses the checksum of a copy or of a multipart upload. */
final class ChecksumHeaders {

    /** What is computed of an object for which nobody chose a checksum, so that it has one (user guide, "Checking object integrity"). */
    static final ChecksumAlgorithm ADDED = ChecksumAlgorithm.CRC64NVME;

    private ChecksumHeaders() {}

    /** What is computed of an object that comes whole beside what it comes with. */
    static Optional<ChecksumAlgorithm> added(RequestBody body) {
        return body.checksum().isEmpty() ? Optional.of(ADDED) : Optional.empty();
    }

    /** The algorithm of {@code x-amz-checksum-algorithm}. */
    static Optional<ChecksumAlgorithm> algorithm(Headers headers) {
        return headers.find("x-amz-checksum-algorithm")
                .map(name -> ChecksumAlgorithm.ofName(name)
                        .orElseThrow(() -> new S3Exception(
                                S3Error.INVALID_REQUEST,
                                "Checksum algorithm provided is unsupported. Please try again with any of the valid"
                                        + " types: "
                                        + Arrays.toString(ChecksumAlgorithm.values()))));
    }

    /** The type of {@code x-amz-checksum-type}. */
    static Optional<ChecksumAlgorithm.Type> type(Headers headers) {
        return headers.find("x-amz-checksum-type").map(name -> switch (name.toUpperCase(Locale.ROOT)) {
            case "COMPOSITE" -> ChecksumAlgorithm.Type.COMPOSITE;
            case "FULL_OBJECT" -> ChecksumAlgorithm.Type.FULL_OBJECT;
            default ->
                throw new S3Exception(S3Error.INVALID_REQUEST, "Value for x-amz-checksum-type header is invalid.");
        });
    }

    /** The type for an upload with that algorithm. */
    static ChecksumAlgorithm.Type type(Headers headers, ChecksumAlgorithm algorithm) {
        ChecksumAlgorithm.Type type = type(headers).orElseGet(algorithm::defaultType);
        if (!algorithm.supports(type)) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "The " + type + " checksum type cannot be used with the " + algorithm + " checksum algorithm.");
        }
        return type;
    }
}
