package io.varve.app.server;

import io.varve.s3.S3Servlet;
import io.varve.s3.operation.Traffic;
import io.varve.webdav.DavServlet;
import io.varve.webdav.wire.PercentCoding;
import io.varve.webdav.wire.WireException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.jspecify.annotations.Nullable;

/**
 * A request that was answered, as far as its door told what it was about.
 *
 * @param door which door
 * @param operation the operation of S3; elsewhere the HTTP method
 * @param isChange whether the method is one that changes something
 * @param hasLogin whether it came with an {@code Authorization} header
 * @param target the path it was about, the bucket first, without a slash before it; empty if there is none
 * @param detail for changes what else was named: where to, where from, which version
 * @param changed objects that were changed although the address does not name them
 * @param user whose it was; empty for nobody's
 * @param address where it came from
 * @param status the answer's status
 */
record Answered(
        Door door,
        String operation,
        boolean isChange,
        boolean hasLogin,
        String target,
        String detail,
        List<Traffic.Changed> changed,
        String user,
        String address,
        int status) {

    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT", "TRACE");

    /** The request of S3 that reads an object. */
    private static final String GET_OBJECT = "GetObject";

    /** What the web server has answered. */
    static Answered web(Request request, Response response) {
        Door door = Door.of(request.getRequestURI());
        String user = door == Door.SHARE
                ? ""
                : text(request.getAttribute(door == Door.REST ? ApiDoor.USER : DavServlet.USER));
        boolean change = !READING.contains(request.getMethod());
        return new Answered(
                door,
                request.getMethod(),
                change,
                request.getHeader("Authorization") != null,
                withoutSlash(decoded(text(request.getAttribute(DavServlet.TARGET)))),
                change ? destination(text(request.getHeader("Destination"))) : "",
                List.of(),
                user,
                request.getRemoteAddr(),
                response.getStatus());
    }

    /** What the S3 door has answered. */
    static Answered s3(Request request, Response response) {
        boolean change = !READING.contains(request.getMethod());
        return new Answered(
                Door.S3,
                text(request.getAttribute(S3Servlet.OPERATION)),
                change,
                request.getHeader("Authorization") != null,
                withoutSlash(text(request.getAttribute(S3Servlet.TARGET))),
                change ? s3Detail(request) : "",
                changed(request.getAttribute(S3Servlet.CHANGED)),
                text(request.getAttribute(S3Servlet.USER)),
                request.getRemoteAddr(),
                response.getStatus());
    }

    /** Whether bytes of a file were read by it. */
    boolean isRead() {
        boolean get = operation.equals(door == Door.S3 ? GET_OBJECT : "GET");
        boolean file = target.indexOf('/') > 0 && !target.endsWith("/") && !target.startsWith(".");
        return get && file && (status == 200 || status == 206);
    }

    /** Where to, without the host, which is nearly always this one. */
    private static String destination(String header) {
        int host = header.indexOf("://");
        int path = host < 0 ? 0 : header.indexOf('/', host + 3);
        return header.isEmpty() ? "" : "to " + header.substring(Math.max(path, 0));
    }

    private static String s3Detail(Request request) {
        String source = text(request.getHeader("x-amz-copy-source"));
        Stream<String> copied = source.isEmpty() ? Stream.empty() : Stream.of("from " + source);
        Stream<String> version = Arrays.stream(text(request.getQueryString()).split("&", -1))
                .filter(parameter -> parameter.startsWith("versionId="))
                .map(parameter -> "version " + parameter.substring("versionId=".length()));
        return Stream.concat(copied, version).collect(Collectors.joining(", "));
    }

    private static List<Traffic.Changed> changed(@Nullable Object attribute) {
        return attribute instanceof List<?> list
                ? list.stream()
                        .filter(Traffic.Changed.class::isInstance)
                        .map(Traffic.Changed.class::cast)
                        .toList()
                : List.of();
    }

    private static String withoutSlash(String target) {
        return target.startsWith("/") ? target.substring(1) : target;
    }

    private static String decoded(String raw) {
        if (raw.indexOf('%') < 0) {
            return raw;
        }
        try {
            return PercentCoding.decode(raw);
        } catch (WireException e) {
            return raw;
        }
    }

    private static String text(@Nullable Object attribute) {
        return attribute instanceof String text ? text : "";
    }
}
