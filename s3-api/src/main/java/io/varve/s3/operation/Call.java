package io.varve.s3.operation;

import io.varve.s3.body.RequestBody;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import io.varve.s3.signature.PayloadAuthentication;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;

/**
 * One authenticated request and its answer.
 *
 * @param url where the client sent it
 * @param input its body, framing of aws-chunked included
 * @param response where the answer goes
 * @param direct takes large pieces of the answer's body past the container's buffer, where the container has such a way
 * @param target what the request is about
 * @param query its query
 * @param headers its headers
 * @param principal who sent it
 * @param payload how its body is framed
 * @param traffic counts the bytes of its bodies
 */
public record Call(
        String url,
        InputStream input,
        HttpServletResponse response,
        Optional<WritableByteChannel> direct,
        RequestTarget target,
        QueryParameters query,
        Headers headers,
        Principal principal,
        PayloadAuthentication payload,
        Traffic traffic) {

    public String bucket() {
        return target.bucket();
    }

    public String key() {
        return target.key();
    }

    /** The object's path in the store. */
    public EntryPath path() {
        return new EntryPath(target.bucket(), target.key());
    }

    /** A change by S3's rules in the name of this request's user. */
    public WriteOptions options() {
        return WriteOptions.keys(principal.name());
    }

    /**
     * Insists on a right on what the request is about.
     *
     * @throws S3Exception {@code AccessDenied} without it
     */
    public void require(AccessControl access, AccessControl.Action action) {
        if (access.decide(principal, action, bucket(), key()) != AccessControl.Decision.ALLOWED) {
            throw new S3Exception(S3Error.ACCESS_DENIED);
        }
    }

    /** The same request for another key and with other headers. */
    Call withKey(String key, Headers others) {
        return new Call(
                url,
                input,
                response,
                direct,
                new RequestTarget(target.rawPath(), target.bucket(), key),
                query,
                others,
                principal,
                payload,
                traffic);
    }

    /** The body, checked against the digests that the headers declare. */
    public RequestBody body() {
        return RequestBody.of(headers, payload, traffic.counted(input));
    }

    /** The body of an operation whose checksum headers speak of the object. */
    public RequestBody bodyIgnoringChecksums() {
        return RequestBody.ignoringChecksums(headers, payload, traffic.counted(input));
    }

    /** Answers without a body. */
    public void answer(int status) {
        response.setStatus(status);
        if (status != HttpServletResponse.SC_NO_CONTENT && status != HttpServletResponse.SC_NOT_MODIFIED) {
            response.setContentLength(0);
        }
    }

    /** Answers with a document. */
    public void answer(XmlWriter document) throws IOException {
        answer(document.finish(), "application/xml");
    }

    /** Answers with a document of some type. */
    public void answer(byte[] bytes, String type) throws IOException {
        answer(HttpServletResponse.SC_OK, bytes, type);
    }

    /** Answers with a status and a document of some type. */
    public void answer(int status, byte[] bytes, String type) throws IOException {
        response.setStatus(status);
        response.setContentType(type);
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
        traffic.sent(bytes.length);
    }
}
