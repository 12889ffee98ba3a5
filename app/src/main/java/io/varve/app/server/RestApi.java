package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.AccessControl.UserAdded;
import io.varve.storage.maintenance.TierMoves;
import io.varve.storage.maintenance.Upkeep;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1}: the operator's interface. For administrators only; errors are problem documents (RFC 9457). */
@RestController
@RequestMapping("/api/v1")
class RestApi extends AdministratorApi {
    private final StorageEngine engine;

    /** A user to be made. */
    record NewUser(String name, String password, @Nullable String role) {}

    /** A user as told. */
    record UserInfo(String name, String role) {
        static UserInfo of(Principal principal) {
            return new UserInfo(principal.name(), principal.role().name().toLowerCase(Locale.ROOT));
        }
    }

    /** The caller is no administrator. */
    static final class LoginRequiredException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    RestApi(StorageEngine engine, OperatorLogin login) {
        super(login);
        this.engine = engine;
    }

    @GetMapping("/stats")
    StorageEngine.Statistics stats() throws IOException {
        return engine.statistics();
    }

    /**
     * The tiers.
     *
     * @param tiers each of them, the hot one first
     * @param waiting records that the next round brings back
     * @param ended when the last round of moves ended; null if none has since the start
     * @param stopped why it ended moves to a tier early, if it did
     */
    record TierStatus(
            List<TierMoves.Place> tiers,
            int waiting,
            @Nullable Instant ended,
            List<String> stopped) {}

    @GetMapping("/tiers")
    TierStatus tiers() throws IOException {
        TierMoves moves = engine.tiers();
        return new TierStatus(moves.places(), moves.wanted(), moves.lastEnded().orElse(null), moves.stopped());
    }

    @PostMapping("/settle")
    Upkeep.Report settle(@RequestParam(name = "expire-now", defaultValue = "false") boolean expireNow)
            throws IOException {
        return engine.settle(expireNow);
    }

    @GetMapping("/users")
    List<UserInfo> users() {
        return engine.access().users().stream().map(UserInfo::of).toList();
    }

    @PostMapping("/users")
    ResponseEntity<?> addUser(@RequestBody NewUser user) throws IOException {
        Role role;
        try {
            role = user.role() == null ? Role.USER : Role.valueOf(user.role().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            return problem(
                    HttpStatus.BAD_REQUEST, "There is no role '" + user.role() + "': use admin, user or readonly.");
        }
        return switch (engine.access().addUser(user.name(), user.password(), role)) {
            case UserAdded.Added added ->
                ResponseEntity.status(HttpStatus.CREATED).body(UserInfo.of(added.principal()));
            case UserAdded.Refused refused -> problem(HttpStatus.BAD_REQUEST, refused.reason());
        };
    }

    @DeleteMapping("/users/{name}")
    ResponseEntity<?> removeUser(@PathVariable String name) throws IOException {
        AccessControl access = engine.access();
        return access.removeUser(name)
                ? ResponseEntity.noContent().build()
                : problem(HttpStatus.NOT_FOUND, "There is no user '" + name + "' that can be removed.");
    }

    @ExceptionHandler(IOException.class)
    @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
    ProblemDetail failed(IOException failure) {
        return ProblemDetail.forStatusAndDetail(
                HttpStatus.SERVICE_UNAVAILABLE, "The store could not do it: " + failure.getMessage());
    }

    /** 401 with the ways to log in. */
    @SuppressWarnings("unchecked") // The body's type does not matter to a caller that only passes it on.
    static <T> ResponseEntity<T> loginRequired() {
        ProblemDetail detail = ProblemDetail.forStatusAndDetail(
                HttpStatus.UNAUTHORIZED, "Log in as an administrator, or with the token in the data directory.");
        return (ResponseEntity<T>) ResponseEntity.status(HttpStatus.UNAUTHORIZED)
                .header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"Varve\", charset=\"UTF-8\"")
                .body(detail);
    }

    private static ResponseEntity<ProblemDetail> problem(HttpStatus status, String detail) {
        return ResponseEntity.status(status).body(ProblemDetail.forStatusAndDetail(status, detail));
    }
}
