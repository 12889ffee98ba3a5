package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import java.util.List;
import java.util.Set;

/**
 * Headers that ask for what is not there. They are refused, since a client that asks for encryption and gets
 * a 200 believes that it has it.
 */
final class UnsupportedHeaders {

    private static final List<String> NOT_IMPLEMENTED = List.of(
            "x-amz-server-side-encryption",
            "x-amz-copy-source-server-side-encryption",
            "x-amz-website-redirect-location",
            "x-amz-write-offset-bytes",
            "x-amz-rename-source");

    private static final String ENCRYPTION = "x-amz-server-side-encryption";
    private static final String KEY_ID = "x-amz-server-side-encryption-aws-kms-key-id";
    private static final Set<String> ENCRYPTIONS = Set.of("AES256", "aws:kms", "aws:kms:dsse", "aws:fsx");

    private UnsupportedHeaders() {}

    /** Refuses a request that carries one. */
    static void refuse(Headers headers) {
        checkEncryption(headers);
        for (String prefix : NOT_IMPLEMENTED) {
            for (var header : headers.withPrefix(prefix).entrySet()) {
                if (!header.getValue().isEmpty() && !header.getKey().contains("server-side-encryption-customer-")) {
                    throw new S3Exception(
                                    S3Error.NOT_IMPLEMENTED,
                                    "A header you provided implies functionality that is not implemented")
                            .with("Header", header.getKey());
                }
            }
        }
        checkStorageClass(headers);
    }

    /** Refuses to read something by a method of encryption: that is for the object to know (API reference, "GetObject"). */
    static void refuseToRead(Headers headers) {
        for (String name : List.of(ENCRYPTION, KEY_ID)) {
            headers.find(name).ifPresent(value -> {
                throw S3Exception.invalidArgument(name, value, "The header '" + name + "' is not for reading.");
            });
        }
    }

    /** Headers about encryption that contradict each other are an error of the client's, whatever is implemented. */
    private static void checkEncryption(Headers headers) {
        String method = headers.get(ENCRYPTION);
        boolean ofCustomer =
                !headers.withPrefix("x-amz-server-side-encryption-customer-").isEmpty();
        if (!method.isEmpty() && !ENCRYPTIONS.contains(method)) {
            throw S3Exception.invalidArgument(ENCRYPTION, method, "The encryption method specified is not supported");
        }
        if (!method.isEmpty() && ofCustomer) {
            throw S3Exception.invalidArgument(
                    ENCRYPTION,
                    method,
                    "Server Side Encryption with a customer's key and another are not for one object.");
        }
        if (headers.has(KEY_ID) && !method.startsWith("aws:kms")) {
            throw S3Exception.invalidArgument(
                    ENCRYPTION, method, "A key's id is only for the encryption method aws:kms.");
        }
    }

    private static void checkStorageClass(Headers headers) {
        headers.find("x-amz-storage-class")
                .filter(name -> !name.equals("STANDARD"))
                .ifPresent(name -> {
                    throw new S3Exception(
                                    S3Error.INVALID_STORAGE_CLASS,
                                    "The storage class that you specified is not valid: STANDARD is the one there is.")
                            .with("StorageClassRequested", name);
                });
    }
}
