package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.storage.namespace.Attributes;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Set;

/**
 * The storage class of an object: a name that is kept with it and told. It moves nothing, since where bytes lie goes by their use.
 * Classes whose objects have to be restored before they are read are not taken.
 */
final class StorageClass {

    static final String HEADER = "x-amz-storage-class";
    static final String STANDARD = "STANDARD";

    private static final String ATTRIBUTE = "s:class";
    private static final Set<String> OTHERS =
            Set.of("REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR");

    private StorageClass() {}

    /**
     * The class that a request asks for.
     *
     * @throws S3Exception {@code InvalidStorageClass} for one that is not taken
     */
    static String of(Headers headers) {
        String name = headers.find(HEADER).filter(text -> !text.isEmpty()).orElse(STANDARD);
        if (!name.equals(STANDARD) && !OTHERS.contains(name)) {
            throw new S3Exception(S3Error.INVALID_STORAGE_CLASS).with("StorageClassRequested", name);
        }
        return name;
    }

    /** The class of an object or an upload. */
    static String of(Attributes attributes) {
        return attributes.get(ATTRIBUTE).orElse(STANDARD);
    }

    static Attributes in(Attributes attributes, String name) {
        return name.equals(STANDARD) ? attributes.without(ATTRIBUTE) : attributes.with(ATTRIBUTE, name);
    }

    /** Tells a reader the class, unless it is the usual one. */
    static void tell(Attributes attributes, HttpServletResponse response) {
        String name = of(attributes);
        if (!name.equals(STANDARD)) {
            response.setHeader(HEADER, name);
        }
    }
}
