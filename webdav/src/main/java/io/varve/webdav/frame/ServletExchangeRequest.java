package io.varve.webdav.frame;

import io.milton.http.AbstractRequest;
import io.milton.http.Auth;
import io.milton.http.Cookie;
import io.milton.http.FileItem;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A servlet request in Milton's form, with the door's exchange as its cargo. */
final class ServletExchangeRequest extends AbstractRequest {

    private final HttpServletRequest request;
    private final String rawPath;
    private final Object exchange;
    private @Nullable Auth authorization;

    ServletExchangeRequest(HttpServletRequest request, String rawPath, Object exchange) {
        this.request = request;
        this.rawPath = rawPath;
        this.exchange = exchange;
    }

    Object exchange() {
        return exchange;
    }

    /** The method as the client named it; {@link #getMethod()} knows only some of them. */
    String methodName() {
        return request.getMethod();
    }

    @Override
    public @Nullable Method getMethod() {
        for (Method method : Method.values()) {
            if (method.code.equals(request.getMethod())) {
                return method;
            }
        }
        return null;
    }

    @Override
    public @Nullable String getRequestHeader(Header header) {
        return request.getHeader(header.code);
    }

    @Override
    public Map<String, String> getHeaders() {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String name : Collections.list(request.getHeaderNames())) {
            headers.put(name, request.getHeader(name));
        }
        return headers;
    }

    @Override
    public String getAbsolutePath() {
        return rawPath;
    }

    @Override
    public String getAbsoluteUrl() {
        return request.getRequestURI();
    }

    @Override
    public String getFromAddress() {
        return request.getRemoteAddr();
    }

    @Override
    public String getRemoteAddr() {
        return request.getRemoteAddr();
    }

    @Override
    public @Nullable Auth getAuthorization() {
        return authorization;
    }

    @Override
    public void setAuthorization(Auth auth) {
        authorization = auth;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        return request.getInputStream();
    }

    /** Leaves both maps empty: reading parameters would consume a body with a form's Content-Type. */
    @Override
    public void parseRequestParameters(Map<String, String> parameters, Map<String, FileItem> files) {}

    @Override
    public @Nullable Cookie getCookie(String name) {
        return null;
    }

    @Override
    public List<Cookie> getCookies() {
        return List.of();
    }
}
