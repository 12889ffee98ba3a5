package io.varve.app.server;

import io.varve.s3.S3Servlet;
import io.varve.webdav.DavServlet;
import io.varve.webdav.wire.PercentCoding;
import io.varve.webdav.wire.WireException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.jspecify.annotations.Nullable;

/**
 * A request that was answered, as far as its door told what it was about.
 *
 * @param door {@code dav}, {@code s3}, {@code rest}, {@code share} for links, or {@code web} for everything else
 * @param method the HTTP method
 * @param operation the operation of S3; elsewhere the HTTP method
 * @param target the path it was about, the bucket first, without a slash before it; empty if there is none
 * @param user whose it was; empty for nobody's
 * @param address where it came from
 * @param status the answer's status
 */
record Answered(String door, String method, String operation, String target, String user, String address, int status) {

    /** The request of S3 that reads an object. */
    private static final String GET_OBJECT = "GetObject";

    /** What the web server has answered. */
    static Answered web(Request request, Response response) {
        String uri = request.getRequestURI();
        String door = door(uri);
        String user = door.equals("share") ? "" : text(request.getAttribute(userOf(door)));
        String target = text(request.getAttribute(DavServlet.TARGET));
        return of(door, request, request.getMethod(), decoded(target), user, response);
    }

    /** What the S3 door has answered. */
    static Answered s3(Request request, Response response) {
        return of(
                "s3",
                request,
                text(request.getAttribute(S3Servlet.OPERATION)),
                text(request.getAttribute(S3Servlet.TARGET)),
                text(request.getAttribute(S3Servlet.USER)),
                response);
    }

    private static Answered of(
            String door, Request request, String operation, String target, String user, Response response) {
        String path = target.startsWith("/") ? target.substring(1) : target;
        return new Answered(
                door, request.getMethod(), operation, path, user, request.getRemoteAddr(), response.getStatus());
    }

    /** Whether bytes of a file were read by it. */
    boolean isRead() {
        boolean get = door.equals("s3") ? operation.equals(GET_OBJECT) : method.equals("GET");
        boolean file = target.indexOf('/') > 0 && !target.endsWith("/") && !target.startsWith(".");
        return get && file && (status == 200 || status == 206);
    }

    private static String userOf(String door) {
        return door.equals("rest") ? ApiDoor.USER : DavServlet.USER;
    }

    private static String door(String uri) {
        if (uri.startsWith("/dav") || uri.startsWith("/remote.php/")) {
            return "dav";
        }
        if (uri.startsWith("/api/")) {
            return "rest";
        }
        return uri.startsWith(ShareDoor.PATH) ? "share" : "web";
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
