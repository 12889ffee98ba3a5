package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.StorageClass;
import jakarta.servlet.http.HttpServletResponse;

/** The storage class in headers and documents. Classes whose objects have to be restored before they are read are not taken. */
final class StorageClasses {

    static final String HEADER = "x-amz-storage-class";

    private StorageClasses() {}

    /**
     * The class that a request asks for.
     *
     * @throws S3Exception {@code InvalidStorageClass} for one that is not taken
     */
    static StorageClass of(Headers headers) {
        return headers.find(HEADER)
                .filter(text -> !text.isEmpty())
                .map(StorageClasses::ofName)
                .orElse(StorageClass.STANDARD);
    }

    /** The class of a name, under the same condition. */
    static StorageClass ofName(String name) {
        return StorageClass.ofName(name)
                .orElseThrow(() -> new S3Exception(S3Error.INVALID_STORAGE_CLASS).with("StorageClassRequested", name));
    }

    /** Tells a reader the class, unless it is the usual one. */
    static void tell(Attributes attributes, HttpServletResponse response) {
        StorageClass found = StorageClass.of(attributes);
        if (found != StorageClass.STANDARD) {
            response.setHeader(HEADER, found.name());
        }
    }
}
