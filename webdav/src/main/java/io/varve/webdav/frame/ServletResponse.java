package io.varve.webdav.frame;

import io.milton.http.AbstractResponse;
import io.milton.http.Cookie;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A servlet response in Milton's form. */
final class ServletResponse extends AbstractResponse {

    private final HttpServletResponse response;

    ServletResponse(HttpServletResponse response) {
        this.response = response;
    }

    @Override
    public @Nullable Status getStatus() {
        return Status.fromCode(response.getStatus());
    }

    @Override
    public void setStatus(Status status) {
        response.setStatus(status.code);
    }

    @Override
    public Map<String, String> getHeaders() {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String name : response.getHeaderNames()) {
            headers.put(name, String.join(", ", response.getHeaders(name)));
        }
        return headers;
    }

    @Override
    public void setNonStandardHeader(String name, String value) {
        response.setHeader(name, value);
    }

    @Override
    public @Nullable String getNonStandardHeader(String name) {
        return response.getHeader(name);
    }

    @Override
    public void setAuthenticateHeader(List<String> challenges) {
        challenges.forEach(challenge -> response.addHeader("WWW-Authenticate", challenge));
    }

    @Override
    public OutputStream getOutputStream() {
        try {
            return response.getOutputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            response.flushBuffer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Refuses the request; once the answer has begun the connection is cut, so that half is not taken for whole. */
    @Override
    public void sendError(Status status, String message) {
        if (response.isCommitted()) {
            throw new UncheckedIOException(new IOException("The answer had begun when it failed: " + message));
        }
        try {
            response.sendError(status.code, message);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Cookie setCookie(Cookie cookie) {
        throw new UnsupportedOperationException("the door sets no cookies");
    }

    @Override
    public Cookie setCookie(String name, String value) {
        throw new UnsupportedOperationException("the door sets no cookies");
    }
}
