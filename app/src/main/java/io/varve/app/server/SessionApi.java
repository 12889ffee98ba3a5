package io.varve.app.server;

import io.varve.app.console.Sessions;
import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.ConsoleSignIn;
import io.varve.storage.access.PasswordUse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
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

    private final AccessControl access;
    private final Sessions sessions;

    /** Name and password. */
    record SignIn(@Nullable String name, @Nullable String password) {}

    /**
     * Who is signed in.
     *
     * @param csrf what every change must carry in {@value ApiDoor#CSRF_HEADER}; null without a session
     * @param ends when the session ends at the latest; null without one
     * @param idleSeconds when it ends if nobody uses it
     * @param consoleOnly whether the user's password is for the console alone, so that programs need a key pair
     */
    record SessionInfo(
            String user,
            String role,
            @Nullable String csrf,
            @Nullable Instant ends,
            long idleSeconds,
            boolean consoleOnly) {}

    SessionApi(StorageEngine engine, Sessions sessions) {
        super(engine.access());
        this.access = engine.access();
        this.sessions = sessions;
    }

    /** Begins a session; the cookie is for scripts of nobody and for requests of this site alone. */
    @PostMapping
    ResponseEntity<?> signIn(@RequestBody SignIn wanted, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String name = wanted.name() == null ? "" : wanted.name();
        String password = wanted.password() == null ? "" : wanted.password();
        caller().note("as " + name);
        return switch (access.signIn().attempt(name, password, request.getRemoteAddr())) {
            case ConsoleSignIn.Outcome.Granted granted -> {
                String token = sessions.begin(granted.principal().name());
                caller().signsIn(granted.principal().name());
                response.addHeader(HttpHeaders.SET_COOKIE, cookie(request, token, Duration.ofSeconds(-1)));
                yield ResponseEntity.ok(info(granted.principal(), sessions.find(token)));
            }
            case ConsoleSignIn.Outcome.Denied ignored ->
                problem(HttpStatus.UNAUTHORIZED, "The name or the password is wrong.");
            case ConsoleSignIn.Outcome.Locked locked -> locked(locked.left());
        };
    }

    /** Who is signed in; nothing if nobody is. */
    @GetMapping
    ResponseEntity<SessionInfo> find() {
        return user().equals(AccessControl.ANONYMOUS)
                ? ResponseEntity.noContent().build()
                : ResponseEntity.ok(info(user(), caller().session()));
    }

    private SessionInfo info(Principal principal, Optional<Sessions.Session> session) {
        return new SessionInfo(
                principal.name(),
                principal.role().name().toLowerCase(Locale.ROOT),
                session.map(Sessions.Session::csrf).orElse(null),
                session.map(Sessions.Session::end).orElse(null),
                Sessions.IDLE_MAX.toSeconds(),
                access.passwordUse(principal.name()) == PasswordUse.CONSOLE);
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
