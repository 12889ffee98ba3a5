package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.xml.XmlElement;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Part;
import io.varve.storage.namespace.Upload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The checksums that a completion names, of parts and of the whole, against those that are stored (API reference,
 * "CompleteMultipartUpload"; user guide, "Checking object integrity").
 */
final class CompletionChecksums {

    /** What a composite checksum may end with: the number of parts. */
    private static final Pattern PARTS = Pattern.compile("-\\d{1,5}$");

    private CompletionChecksums() {}

    /**
     * Whether a stored part has the checksum it is named with.
     *
     * @param element the part as the request names it
     * @throws S3Exception if it is named with what can be no checksum of it, or without the one that it must be named with
     */
    static boolean agree(Upload upload, Part part, XmlElement element) {
        List<ChecksumAlgorithm> named = new ArrayList<>();
        for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
            if (element.childText(algorithm.element()).isPresent()) {
                named.add(algorithm);
            }
        }
        if (named.isEmpty()) {
            requireNone(upload, part);
            return true;
        }
        ChecksumAlgorithm algorithm = named.getFirst();
        String value = element.childText(algorithm.element()).orElse("").strip();
        if (named.size() > 1 || !isValue(algorithm, value)) {
            throw S3Exception.invalidArgument(
                    algorithm.element(), value, "Invalid Base64 or multiple checksums present in request");
        }
        String stored = ObjectMetadata.checksums(part.attributes()).get(algorithm);
        if (stored == null) {
            throw new S3Exception(
                    S3Error.BAD_DIGEST,
                    "The " + algorithm.lowerName() + " you specified for part " + part.number()
                            + " did not match what we received.");
        }
        return stored.equals(value);
    }

    /** A whole that is summed up from its parts' checksums wants each of them to be named. */
    private static void requireNone(Upload upload, Part part) {
        Optional<ChecksumAlgorithm> algorithm = MultipartUploads.algorithm(upload);
        if (algorithm.isPresent() && type(upload) == ChecksumAlgorithm.Type.COMPOSITE) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "The upload was created using a " + algorithm.get().lowerName()
                            + " checksum. The complete request must include the checksum for each part. It was missing"
                            + " for part " + part.number() + " in the request.");
        }
    }

    private static boolean isValue(ChecksumAlgorithm algorithm, String text) {
        try {
            algorithm.checked(text);
            return true;
        } catch (S3Exception ignored) {
            return false;
        }
    }

    private static ChecksumAlgorithm.Type type(Upload upload) {
        return ChecksumAlgorithm.Type.valueOf(ObjectMetadata.checksumType(upload.attributes()));
    }

    /** Adds the checksum of the whole to an object's attributes, if the upload has one, and checks the one that is expected. */
    static Attributes withWhole(Headers headers, Upload upload, List<Part> parts, Attributes attributes) {
        Optional<ChecksumAlgorithm> chosen = MultipartUploads.algorithm(upload);
        requireType(headers, upload);
        Optional<ChecksumAlgorithm> given = given(headers);
        ChecksumAlgorithm algorithm = chosen.orElse(ChecksumHeaders.ADDED);
        List<String> values = parts.stream()
                .flatMap(part -> ObjectMetadata.checksum(part.attributes(), algorithm).stream())
                .toList();
        if (values.size() < parts.size()) {
            if (chosen.isPresent()) {
                throw new S3Exception(S3Error.INVALID_PART);
            }
            return attributes;
        }
        String value = switch (type(upload)) {
            case COMPOSITE -> algorithm.composite(values) + "-" + parts.size();
            case FULL_OBJECT ->
                algorithm.fullObject(values, parts.stream().map(Part::size).toList());
        };
        if (given.equals(Optional.of(algorithm))) {
            String expected = headers.get(algorithm.header());
            // Some clients leave out the number of parts of a composite checksum.
            if (!expected.equals(value) && !(expected + "-" + parts.size()).equals(value)) {
                throw new S3Exception(
                        S3Error.BAD_DIGEST,
                        "The " + algorithm + " you specified did not match the calculated checksum.");
            }
        }
        Attributes all = attributes.with(Attributes.CHECKSUM + algorithm.lowerName(), value);
        String ofParts = String.join(",", values);
        return ofParts.length() > PartSizes.TEXT_LENGTH_MAX ? all : all.with(ObjectMetadata.PART_CHECKSUMS, ofParts);
    }

    private static void requireType(Headers headers, Upload upload) {
        Optional<ChecksumAlgorithm.Type> given = ChecksumHeaders.type(headers);
        if (given.isPresent() && MultipartUploads.algorithm(upload).isPresent() && given.get() != type(upload)) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "The upload was created using the " + type(upload)
                            + " checksum mode. The complete request must use the same checksum mode.");
        }
    }

    /** Of what kind the whole's checksum in the headers is. */
    private static Optional<ChecksumAlgorithm> given(Headers headers) {
        Optional<ChecksumAlgorithm> found = Optional.empty();
        for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
            Optional<String> value = headers.find(algorithm.header());
            if (value.isPresent()) {
                if (found.isPresent()) {
                    throw new S3Exception(
                            S3Error.INVALID_REQUEST,
                            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
                }
                found = Optional.of(algorithm);
                algorithm.checked(PARTS.matcher(value.get()).replaceFirst(""));
            }
        }
        return found;
    }
}
