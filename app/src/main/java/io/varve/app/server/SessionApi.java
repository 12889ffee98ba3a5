package io.varve.app.server;

import io.varve.app.console.Sessions;
import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseCookie;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1/session}: signing in and out of the console. */
@RestController
@RequestMapping("/api/v1/session")
class SessionApi extends UserApi {
    private static final String COOKIE_PATH = "/api/v1";

    private final OperatorLogin login;
    private final Sessions sessions;

    /** Name and password. */
    record SignIn(@Nullable String name, @Nullable String password) {}

    /**
     * Who is signed in.
     *
     * @param csrf what every change must carry in {@value ApiDoor#CSRF_HEADER}; null without a session
     * @param ends when the session ends at the latest; null without one
     * @param idleSeconds when it ends if nobody uses it
     */
    record SessionInfo(
            String user,
            String role,
            @Nullable String csrf,
            @Nullable Instant ends,
            long idleSeconds) {
        static SessionInfo of(Principal principal, Sessions.@Nullable Session session) {
            return new SessionInfo(
                    principal.name(),
                    principal.role().name().toLowerCase(Locale.ROOT),
                    session == null ? null : session.csrf(),
                    session == null ? null : session.end(),
                    Sessions.IDLE_MAX.toSeconds());
        }
    }

    SessionApi(StorageEngine engine, OperatorLogin login, Sessions sessions) {
        super(engine.access());
        this.login = login;
        this.sessions = sessions;
    }

    /** Begins a session; the cookie is for scripts of nobody and for requests of this site alone. */
    @PostMapping
    ResponseEntity<?> signIn(@RequestBody SignIn wanted, HttpServletRequest request, HttpServletResponse response) {
        String name = wanted.name() == null ? "" : wanted.name();
        String password = wanted.password() == null ? "" : wanted.password();
        caller().note("as " + name);
        return switch (login.verify(name, password, request.getRemoteAddr())) {
            case OperatorLogin.Outcome.Known known -> {
                String token = sessions.begin(known.principal().name());
                caller().signsIn(known.principal().name());
                response.addHeader(HttpHeaders.SET_COOKIE, cookie(request, token, Duration.ofSeconds(-1)));
                yield ResponseEntity.ok(
                        SessionInfo.of(known.principal(), sessions.find(token).orElseThrow()));
            }
            case OperatorLogin.Outcome.Unknown ignored ->
                problem(HttpStatus.UNAUTHORIZED, "The name or the password is wrong.");
            case OperatorLogin.Outcome.Locked locked -> {
                long seconds = locked.left().toSeconds() + 1;
                response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
                yield problem(
                        HttpStatus.TOO_MANY_REQUESTS,
                        "Too many wrong passwords: try again in " + seconds + " seconds.");
            }
        };
    }

    /** Who is signed in; nothing if nobody is. */
    @GetMapping
    ResponseEntity<SessionInfo> find() {
        return user().equals(AccessControl.ANONYMOUS)
                ? ResponseEntity.noContent().build()
                : ResponseEntity.ok(SessionInfo.of(user(), caller().session().orElse(null)));
    }

    @DeleteMapping
    ResponseEntity<?> signOut(HttpServletRequest request, HttpServletResponse response) {
        ApiDoor.token(request).ifPresent(sessions::end);
        response.addHeader(HttpHeaders.SET_COOKIE, cookie(request, "", Duration.ZERO));
        return ResponseEntity.noContent().build();
    }

    private static String cookie(HttpServletRequest request, String value, Duration age) {
        boolean secure = request.isSecure() || "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto"));
        return ResponseCookie.from(ApiDoor.cookieName(request), value)
                .path(COOKIE_PATH)
                .httpOnly(true)
                .sameSite("Strict")
                .secure(secure)
                .maxAge(age)
                .build()
                .toString();
    }
}
