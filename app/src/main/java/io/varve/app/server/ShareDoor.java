package io.varve.app.server;

import io.varve.app.console.ShareLinks;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.namespace.EntryPath;
import io.varve.webdav.DavServlet;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.web.util.UriUtils;

/**
 * {@code /s/BUCKET/TOKEN}: where shared links lead. The file is read through the WebDAV door as whoever made the link would read it, so
 * ranges, conditions and rights are the same, and streams stay streams. Thread-safe.
 */
final class ShareDoor extends HttpServlet {
    private static final long serialVersionUID = 1L;

    /** What the addresses begin with. */
    static final String PATH = "/s/";

    private final transient ShareLinks links;
    private final transient DavServlet files;

    ShareDoor(ShareLinks links, DavServlet files) {
        this.links = links;
        this.files = files;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws ServletException, IOException {
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("X-Robots-Tag", "noindex");
        if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
            response.setHeader("Allow", "GET, HEAD");
            refuse(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED, "A shared link can be read only.");
            return;
        }
        String raw = request.getRequestURI().substring(PATH.length());
        int slash = raw.indexOf('/');
        Optional<ShareLinks.Link> link =
                slash <= 0 ? Optional.empty() : links.follow(raw.substring(0, slash), raw.substring(slash + 1));
        Optional<Principal> reader = link.flatMap(links::maker);
        if (link.isEmpty() || reader.isEmpty()) {
            refuse(response, HttpServletResponse.SC_NOT_FOUND, "This link is not valid, or no longer.");
            return;
        }
        EntryPath path = link.get().path();
        response.setHeader(
                "Content-Disposition",
                ContentDisposition.attachment()
                        .filename(path.name(), StandardCharsets.UTF_8)
                        .build()
                        .toString());
        files.service(new AsMaker(request, path, reader.get()), response);
    }

    private static void refuse(HttpServletResponse response, int status, String message) throws IOException {
        response.setStatus(status);
        response.setContentType("text/plain; charset=utf-8");
        response.setHeader("Content-Security-Policy", "default-src 'none'");
        response.getOutputStream().write((message + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** The request as if whoever made the link had sent it for the file. */
    private static final class AsMaker extends HttpServletRequestWrapper {
        private static final String SERVLET = "/s";

        private final EntryPath path;
        private final Principal maker;

        AsMaker(HttpServletRequest request, EntryPath path, Principal maker) {
            super(request);
            this.path = path;
            this.maker = maker;
        }

        @Override
        public String getServletPath() {
            return SERVLET;
        }

        @Override
        public String getRequestURI() {
            return SERVLET + "/" + UriUtils.encodePath(path.toString(), StandardCharsets.UTF_8);
        }

        @Override
        public @Nullable Object getAttribute(String name) {
            return name.equals(DavServlet.PRINCIPAL) ? maker : super.getAttribute(name);
        }
    }
}
