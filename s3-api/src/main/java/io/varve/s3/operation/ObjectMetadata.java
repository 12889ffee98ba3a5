package io.varve.s3.operation;

import io.varve.s3.body.ChecksumAlgorithm;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.EncodedWords;
import io.varve.s3.request.Headers;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.TagHeader;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The way of an object's metadata from request headers into attributes, and back into response headers. */
final class ObjectMetadata {

    /** What S3 says of an object without a type. */
    static final String TYPE_DEFAULT = "binary/octet-stream";

    /** Which kind of checksum the stored ones are; absent for an object stored in one piece. */
    static final String CHECKSUM_TYPE = Attributes.CHECKSUM + "type";

    /** The upload an object came from, so that a repeated completion is recognised. */
    static final String UPLOAD = "s:upload";

    /** The sizes of a multipart object's parts; see {@link PartSizes}. */
    static final String PARTS = "s:parts";

    /** The checksums of a multipart object's parts, in order, separated by commas; see {@link PartSizes}. */
    static final String PART_CHECKSUMS = "s:part-checksums";

    private static final String USER_PREFIX = "x-amz-meta-";
    private static final int USER_BYTES_MAX = 2048;
    private static final String CONTENT_ENCODING = "content-encoding";
    private static final List<String> KEPT_HEADERS =
            List.of("cache-control", "content-disposition", CONTENT_ENCODING, "content-language", "expires");

    private ObjectMetadata() {}

    /** The attributes that a request gives an object, tags and storage class among them. */
    static Attributes attributes(Headers headers) {
        SortedMap<String, String> values = new TreeMap<>();
        for (String name : KEPT_HEADERS) {
            Optional<String> value = headers.find(name);
            if (name.equals(CONTENT_ENCODING)) {
                value = value.map(ObjectMetadata::withoutFraming);
            }
            value.filter(text -> !text.isEmpty())
                    .ifPresent(text -> values.put(Attributes.HEADER + name, fromWire(text)));
        }
        int bytes = 0;
        for (Map.Entry<String, String> header : headers.withPrefix(USER_PREFIX).entrySet()) {
            String name = header.getKey().substring(USER_PREFIX.length());
            bytes += name.length() + header.getValue().length();
            values.put(Attributes.USER + name, EncodedWords.decode(fromWire(header.getValue())));
        }
        if (bytes > USER_BYTES_MAX) {
            throw new S3Exception(S3Error.METADATA_TOO_LARGE)
                    .with("Size", Integer.toString(bytes))
                    .with("MaxSizeAllowed", Integer.toString(USER_BYTES_MAX));
        }
        Attributes attributes =
                Website.withRedirect(headers, StorageClasses.of(headers).in(Attributes.of(values)));
        return headers.find(TagHeader.NAME)
                .map(text -> TagSet.parse(text).in(attributes, Attributes.TAG))
                .orElse(attributes);
    }

    /** The type a request gives an object; empty for none. */
    static String contentType(Headers headers) {
        return fromWire(headers.get("content-type"));
    }

    /** Adds checksums of the whole object. */
    static Attributes withChecksums(Attributes attributes, Map<ChecksumAlgorithm, String> checksums) {
        Attributes all = attributes;
        for (Map.Entry<ChecksumAlgorithm, String> checksum : checksums.entrySet()) {
            all = all.with(Attributes.CHECKSUM + checksum.getKey().lowerName(), checksum.getValue());
        }
        return all;
    }

    /** {@code aws-chunked} describes the request's framing and is no encoding of the object. */
    private static String withoutFraming(String encodings) {
        StringBuilder kept = new StringBuilder();
        for (String encoding : encodings.split(",", -1)) {
            String name = encoding.strip();
            if (!name.isEmpty() && !name.equalsIgnoreCase("aws-chunked")) {
                kept.append(kept.isEmpty() ? "" : ",").append(name);
            }
        }
        return kept.toString();
    }

    /** Writes what a read tells of an object, but for its length and the range. */
    static void write(Entry entry, Call call) {
        var response = call.response();
        String type = entry.contentType().isEmpty() ? TYPE_DEFAULT : entry.contentType();
        VerbatimContentType.set(
                response, call.query().find("response-content-type").orElse(type));
        response.setHeader("ETag", entry.etag().quoted());
        response.setHeader("Last-Modified", HttpDate.format(entry.modified()));
        response.setHeader("Accept-Ranges", "bytes");
        TtlHeader.tell(entry, call);
        KEPT_HEADERS.forEach(name -> writeKept(name, entry, call));
        int tags = entry.attributes().withPrefix(Attributes.TAG).size();
        if (tags > 0) {
            response.setHeader("x-amz-tagging-count", Integer.toString(tags));
        }
        StorageClasses.tell(entry.attributes(), response);
        Website.redirect(entry.attributes())
                .ifPresent(location -> response.setHeader(Website.REDIRECT_HEADER, toWire(location)));
        LockHeaders.tell(entry, response);
        entry.attributes()
                .withPrefix(Attributes.USER)
                .forEach((name, value) -> response.setHeader(USER_PREFIX + name, EncodedWords.encode(value)));
    }

    /** Writes how long caches may keep it, which is also told to those that have it (RFC 9110, section 15.4.5). */
    static void writeFreshness(Entry entry, Call call) {
        writeKept("cache-control", entry, call);
        writeKept("expires", entry, call);
    }

    private static void writeKept(String name, Entry entry, Call call) {
        call.query()
                .find("response-" + name)
                .or(() -> entry.attributes().get(Attributes.HEADER + name))
                .ifPresent(value -> call.response().setHeader(name, toWire(value)));
    }

    /** The checksums that are stored with an entry. */
    static Map<ChecksumAlgorithm, String> checksums(Attributes attributes) {
        SortedMap<ChecksumAlgorithm, String> found = new TreeMap<>();
        attributes
                .withPrefix(Attributes.CHECKSUM)
                .forEach((name, value) ->
                        ChecksumAlgorithm.ofName(name).ifPresent(algorithm -> found.put(algorithm, value)));
        return found;
    }

    /** The checksum of one kind that is stored with an entry or a part. */
    static Optional<String> checksum(Attributes attributes, ChecksumAlgorithm algorithm) {
        return attributes.get(Attributes.CHECKSUM + algorithm.lowerName());
    }

    /** The checksum of one part of a multipart object, if it has one and all of them are kept. */
    static Map<ChecksumAlgorithm, String> checksumsOfPart(Attributes attributes, int number) {
        Optional<ChecksumAlgorithm> algorithm =
                checksums(attributes).keySet().stream().findFirst();
        String[] ofParts = attributes.get(PART_CHECKSUMS).orElse("").split(",", -1);
        return algorithm.isEmpty() || number > ofParts.length || ofParts[number - 1].isEmpty()
                ? Map.of()
                : Map.of(algorithm.get(), ofParts[number - 1]);
    }

    /** Whether an entry's checksums are of all its bytes or of its parts. */
    static String checksumType(Attributes attributes) {
        return attributes.get(CHECKSUM_TYPE).orElse(ChecksumAlgorithm.Type.FULL_OBJECT.name());
    }

    /** Writes stored checksums as headers. */
    static void writeChecksums(Attributes attributes, Call call) {
        writeChecksums(attributes, checksums(attributes), call);
    }

    /** Writes what is known of the bytes of a part: where the whole is summed up from its parts, the part's own checksum. */
    static void writeChecksumsOfPart(Attributes attributes, int number, boolean whole, Call call) {
        if (checksumType(attributes).equals(ChecksumAlgorithm.Type.COMPOSITE.name())) {
            writeChecksums(attributes, checksumsOfPart(attributes, number), call);
        } else if (whole) {
            writeChecksums(attributes, call);
        }
    }

    private static void writeChecksums(Attributes attributes, Map<ChecksumAlgorithm, String> checksums, Call call) {
        checksums.forEach((algorithm, value) -> call.response().setHeader(algorithm.header(), value));
        if (!checksums.isEmpty()) {
            call.response().setHeader("x-amz-checksum-type", checksumType(attributes));
        }
    }

    /** Header bytes are UTF-8 if they can be, and Latin-1 otherwise. */
    private static String fromWire(String bytes) {
        boolean ascii = true;
        for (int i = 0; i < bytes.length() && ascii; i++) {
            ascii = bytes.charAt(i) < 128;
        }
        if (ascii) {
            return bytes;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException ignored) {
            return bytes;
        }
    }

    /** The other way: the container sends characters up to 255 as bytes. */
    private static String toWire(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 128) {
                return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
            }
        }
        return text;
    }
}
