package io.varve.s3.error;

import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Ends a request with an error document. An expected outcome, so it carries no stack trace; what the server's log needs
 * is its cause.
 */
public final class S3Exception extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private final S3Error error;
    private final transient Map<String, String> details = new LinkedHashMap<>();
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    public S3Exception(S3Error error) {
        this(error, error.message(), null);
    }

    public S3Exception(S3Error error, String message) {
        this(error, message, null);
    }

    public S3Exception(S3Error error, String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.error = error;
    }

    public S3Error error() {
        return error;
    }

    /** Adds an element to the error document, such as {@code ArgumentName}. */
    public S3Exception with(String element, String value) {
        details.put(element, value);
        return this;
    }

    /** Adds a header to the answer. */
    public S3Exception header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    /** The headers of the answer that only this error has. */
    public Map<String, String> headers() {
        return headers;
    }

    /** The further elements of the error document, in their order. */
    public Map<String, String> details() {
        return details;
    }

    /** The message, which is never null here. */
    public String text() {
        String message = getMessage();
        return message == null ? error.message() : message;
    }

    /** An {@link S3Error#INVALID_ARGUMENT} that names the argument and its value, as clients show it. */
    public static S3Exception invalidArgument(String name, String value, String message) {
        return new S3Exception(S3Error.INVALID_ARGUMENT, message)
                .with("ArgumentName", name)
                .with("ArgumentValue", value);
    }
}
