package io.varve.app.server;

import io.varve.app.console.AuditLog;
import io.varve.app.console.AuditTrail;
import io.varve.app.console.Sessions;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.RequestContext;
import io.varve.webdav.DavServlet;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/**
 * The way into {@code /api/v1}: finds out who asks before anything else looks at the request, lets nobody unknown pass, notes every
 * change in the audit log, and gives answers the headers that keep browsers careful.
 *
 * <p>A caller is known by an Authorization header (see {@link OperatorLogin}) or by the session cookie of the console. With a cookie
 * every change needs the session's token in {@value #CSRF_HEADER}, too: browsers send cookies along for whoever asks, but other pages
 * cannot read the token. With a header, a change that a browser says comes of another site's page is refused. Thread-safe.
 */
final class ApiDoor extends HttpFilter {
    private static final long serialVersionUID = 1L;

    /** The one whose request is worked on. */
    static final ScopedValue<Caller> CALLER = ScopedValue.newInstance();

    static final String CSRF_HEADER = "X-Varve-Csrf";

    /** What the console sends along, so that no challenge makes the browser ask for a password itself. */
    static final String CONSOLE_HEADER = "X-Varve-Console";

    /** The request attribute that tells afterwards whose the request was. */
    static final String USER = ApiDoor.class.getName() + ".user";

    /** Resources by which files are changed, one at a time: as many lines as there are files. */
    private static final List<String> OF_FILES = List.of("/content/", "/files", "/restore");

    private static final int JSON_BYTES_MAX = 1 << 20;

    private static final String BASE = "/api/v1";
    private static final String SIGN_IN = BASE + "/session";
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT");

    /** The same for everybody, so that it tells nothing about a name. */
    private static final String WRONG =
            "The name or the password is wrong. A password that is for the console alone signs in there, by "
                    + "POST of " + SIGN_IN
                    + ", and opens nothing else: for programs make a key pair, which WebDAV and S3 take.";

    /** What a browser says of requests by our own pages, and by whoever types an address. */
    private static final Set<String> SAME_SITE = Set.of("same-origin", "none");

    /** What anybody may read. */
    private static final Set<String> OPEN = Set.of(BASE + "/openapi.json");

    private final transient AccessControl access;
    private final transient OperatorLogin login;
    private final transient Sessions sessions;
    private final transient AuditTrail audit;
    private final transient JsonMapper json = JsonMapper.builder().build();

    /** Who asks, and what is to be noted about the request beside what its address says. */
    static final class Caller {
        private final Principal principal;
        private final Optional<Sessions.Session> session;
        private String name;
        private String detail = "";

        /** @param name as changes are noted under */
        private Caller(Principal principal, String name, Optional<Sessions.Session> session) {
            this.principal = principal;
            this.name = name;
            this.session = session;
        }

        Principal principal() {
            return principal;
        }

        String name() {
            return name;
        }

        Optional<Sessions.Session> session() {
            return session;
        }

        /** Somebody signs in with this request, and it is noted under that name. */
        void signsIn(String user) {
            name = user;
        }

        /** Says more about a change for the audit log; no secrets. */
        void note(String more) {
            detail = detail.isEmpty() ? more : detail + "; " + more;
        }
    }

    /** A request that goes no further. */
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;

        RefusedException(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    ApiDoor(AccessControl access, OperatorLogin login, Sessions sessions, AuditTrail audit) {
        this.access = access;
        this.login = login;
        this.sessions = sessions;
        this.audit = audit;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
        Caller caller = new Caller(AccessControl.ANONYMOUS, "", Optional.empty());
        try {
            caller = isOpen(request) ? caller : identify(request, response);
            request.setAttribute(USER, caller.name());
            requireSmall(request);
            pass(caller, request, response, chain);
        } catch (RefusedException e) {
            refuse(request, response, e);
        } finally {
            if (!READING.contains(request.getMethod()) && !isNoise(caller, request, response.getStatus())) {
                note(caller, request, response);
            }
        }
    }

    /** Documents are read into memory; what comes as a stream of bytes is not. */
    private static void requireSmall(HttpServletRequest request) throws RefusedException {
        String type = String.valueOf(request.getContentType()).toLowerCase(Locale.ROOT);
        if (type.startsWith("application/json")) {
            long bytes = request.getContentLengthLong();
            if (bytes > JSON_BYTES_MAX) {
                throw new RefusedException(413, "A document has " + JSON_BYTES_MAX + " bytes at most.");
            }
            if (bytes < 0 && request.getHeader("Transfer-Encoding") != null) {
                throw new RefusedException(411, "A document is sent with its length.");
            }
        }
    }

    /** Anybody may sign in, and ask whether somebody is signed in. */
    private boolean isOpen(HttpServletRequest request) {
        String path = request.getRequestURI();
        String method = request.getMethod();
        return OPEN.contains(path)
                || (path.equals(SIGN_IN) && method.equals("POST"))
                || (path.equals(SIGN_IN)
                        && method.equals("GET")
                        && request.getHeader("Authorization") == null
                        && token(request).flatMap(sessions::find).isEmpty());
    }

    private Caller identify(HttpServletRequest request, HttpServletResponse response) throws RefusedException {
        String header = request.getHeader("Authorization");
        if (header != null) {
            if (!READING.contains(request.getMethod()) && isOfAnotherSite(request)) {
                throw new RefusedException(403, "Pages of another site change nothing here.");
            }
            return switch (login.identify(header, request.getRemoteAddr())) {
                case OperatorLogin.Outcome.Known known ->
                    new Caller(
                            known.principal(),
                            login.isOperator(header)
                                    ? "operator"
                                    : known.principal().name(),
                            Optional.empty());
                case OperatorLogin.Outcome.Unknown ignored -> throw new RefusedException(401, WRONG);
                case OperatorLogin.Outcome.Locked locked -> throw locked(response, locked.left());
            };
        }
        Sessions.Session session = token(request)
                .flatMap(sessions::find)
                .orElseThrow(() -> new RefusedException(
                        401, "Log in with name and password, or with the token in the data directory."));
        if (!READING.contains(request.getMethod()) && !carries(request, session.csrf())) {
            throw new RefusedException(403, "A change by a session needs its token in " + CSRF_HEADER + ".");
        }
        Principal principal = access.users().stream()
                .filter(user -> user.name().equals(session.user()))
                .findFirst()
                .orElseThrow(() -> new RefusedException(401, "The user is no longer there."));
        return new Caller(principal, principal.name(), Optional.of(session));
    }

    /**
     * Whether a browser says that another site's page asks. Browsers remember a password of HTTP Basic and send it along for every page,
     * as they do with cookies; what is no browser sends neither header. See Fetch Metadata, section 2.3, and RFC 6454, section 7.
     */
    private static boolean isOfAnotherSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) {
            return !SAME_SITE.contains(site);
        }
        String origin = request.getHeader("Origin");
        String host = request.getHeader("Host");
        return origin != null && !origin.equals("http://" + host) && !origin.equals("https://" + host);
    }

    private static RefusedException locked(HttpServletResponse response, Duration left) {
        response.setHeader("Retry-After", Long.toString(left.toSeconds() + 1));
        return new RefusedException(
                429, "Too many wrong passwords: try again in " + (left.toSeconds() + 1) + " seconds.");
    }

    private static boolean carries(HttpServletRequest request, String csrf) {
        String given = request.getHeader(CSRF_HEADER);
        return given != null
                && MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), csrf.getBytes(StandardCharsets.UTF_8));
    }

    /** The token in the session's cookie. */
    static Optional<String> token(HttpServletRequest request) {
        String name = cookieName(request);
        if (request.getCookies() != null) {
            for (Cookie cookie : request.getCookies()) {
                if (cookie.getName().equals(name)) {
                    return Optional.of(cookie.getValue());
                }
            }
        }
        return Optional.empty();
    }

    /** Cookies are for all ports of a host, so that each server needs a name of its own. */
    static String cookieName(HttpServletRequest request) {
        return "varve-" + request.getLocalPort();
    }

    private static void pass(Caller caller, HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        request.setAttribute(DavServlet.PRINCIPAL, caller.principal());
        RequestContext context = RequestContext.NONE
                .with("aws:SourceIp", request.getRemoteAddr())
                .with("aws:SecureTransport", Boolean.toString(request.isSecure()));
        try {
            ScopedValue.where(CALLER, caller)
                    .where(AccessControl.REQUEST, context)
                    .call(() -> {
                        chain.doFilter(request, response);
                        return true;
                    });
        } catch (IOException | ServletException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new ServletException(e);
        }
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, RefusedException refusal)
            throws IOException {
        response.setStatus(refusal.status);
        if (refusal.status == 401 && request.getHeader(CONSOLE_HEADER) == null) {
            response.setHeader("WWW-Authenticate", "Basic realm=\"Varve\", charset=\"UTF-8\"");
        }
        response.setContentType("application/problem+json");
        byte[] problem = json.writeValueAsBytes(
                Map.of("status", refusal.status, "detail", String.valueOf(refusal.getMessage())));
        response.setContentLength(problem.length);
        response.getOutputStream().write(problem);
    }

    /** What anybody can send any number of: requests without a login, and logins that were not looked at. */
    private static boolean isNoise(Caller caller, HttpServletRequest request, int status) {
        boolean login = request.getHeader("Authorization") != null
                || request.getRequestURI().equals(SIGN_IN);
        boolean refused = status == 401 || status == 403;
        return caller.name().isEmpty() && !(login && refused);
    }

    private void note(Caller caller, HttpServletRequest request, HttpServletResponse response) {
        String query = request.getQueryString();
        String path = request.getRequestURI().substring(BASE.length()) + (query == null ? "" : "?" + query);
        AuditLog.Line line = new AuditLog.Line(
                audit.now(),
                caller.name(),
                request.getRemoteAddr(),
                isOfConsole(caller, request) ? "console" : "rest",
                request.getMethod() + " " + path,
                caller.detail,
                response.getStatus());
        if (OF_FILES.stream().anyMatch(path::startsWith) && !caller.name().isEmpty()) {
            audit.files(List.of(line));
        } else {
            audit.administration(line);
        }
    }

    /** A request that begins a session has none yet. */
    private static boolean isOfConsole(Caller caller, HttpServletRequest request) {
        return caller.session().isPresent()
                || (request.getRequestURI().equals(SIGN_IN) && request.getHeader(CONSOLE_HEADER) != null);
    }
}
