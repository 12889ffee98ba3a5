package io.varve.s3;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.RequestTarget;
import io.varve.s3.xml.XmlWriter;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers with an S3 error document (API reference, "REST error responses"). */
final class ErrorAnswer {

    /** Identifies this kind of server in the field where Amazon names the machine. */
    private static final String HOST_ID = "varve";

    /** Errors that are about one object name its key, others the bucket at most. */
    private static final Set<S3Error> ABOUT_KEYS = Set.of(S3Error.NO_SUCH_KEY, S3Error.NO_SUCH_VERSION);

    private ErrorAnswer() {}

    /** Sets the headers that every answer carries, good or bad. */
    static void identify(HttpServletResponse response, String requestId) {
        response.setHeader("x-amz-request-id", requestId);
        response.setHeader("x-amz-id-2", HOST_ID);
    }

    /**
     * Sends the error, with a body unless the request was a HEAD.
     *
     * @param target what the request was about; null if that could not be read
     * @param headers what any answer to the request carries
     */
    static void send(
            HttpServletResponse response,
            String method,
            @Nullable RequestTarget target,
            Map<String, String> headers,
            S3Exception error,
            String requestId)
            throws IOException {
        String contentRange = response.getHeader("Content-Range");
        response.reset();
        identify(response, requestId);
        headers.forEach(response::setHeader);
        if (error.error() == S3Error.SLOW_DOWN || error.error() == S3Error.SERVICE_UNAVAILABLE) {
            response.setHeader("Retry-After", "1");
        }
        error.headers().forEach(response::setHeader);
        if (contentRange != null && error.error() == S3Error.INVALID_RANGE) {
            response.setHeader("Content-Range", contentRange);
        }
        response.setStatus(error.error().status());
        response.setContentType("application/xml");
        if (method.equals("HEAD")) {
            return;
        }
        byte[] document = document(target, error, requestId);
        response.setContentLength(document.length);
        response.getOutputStream().write(document);
    }

    /** The document for a request that could not be read as HTTP, so that nothing is known of it. */
    static byte[] ofUnreadable(int status) {
        S3Exception error = status == S3Error.NOT_IMPLEMENTED.status()
                ? new S3Exception(S3Error.NOT_IMPLEMENTED)
                : new S3Exception(S3Error.BAD_REQUEST, "An error occurred when parsing the HTTP request.");
        return document(null, error, "");
    }

    private static byte[] document(@Nullable RequestTarget target, S3Exception error, String requestId) {
        XmlWriter xml = XmlWriter.plainDocument("Error")
                .text("Code", error.error().code())
                .text("Message", error.text());
        Map<String, String> details = error.details();
        details.forEach(xml::text);
        if (target != null) {
            if (!target.bucket().isEmpty() && !details.containsKey("BucketName")) {
                xml.text("BucketName", target.bucket());
            }
            if (ABOUT_KEYS.contains(error.error()) && !details.containsKey("Key")) {
                xml.text("Key", target.key());
            }
            xml.text("Resource", target.resource());
        }
        return xml.text("RequestId", requestId).text("HostId", HOST_ID).finish();
    }
}
