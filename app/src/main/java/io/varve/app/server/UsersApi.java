package io.varve.app.server;

import io.varve.app.console.Sessions;
import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Credential;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.AccessControl.UserAdded;
import io.varve.storage.access.ConsoleSignIn;
import io.varve.storage.access.PasswordUse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/users}: users and their key pairs. Administrators change all of them; everybody else sees themselves, changes their own
 * password if they know it, and their own key pairs.
 */
@RestController
@RequestMapping("/api/v1/users")
class UsersApi extends UserApi {
    private static final String ROLES = "admin, user or readonly";
    private static final String FOR_CONSOLE = "password for the console alone";
    private static final String FOR_EVERY_DOOR = "password for every door";

    private final AccessControl access;
    private final Sessions sessions;

    /**
     * A user to be made.
     *
     * @param consoleOnly whether the password is for the console alone; null for no
     */
    record NewUser(
            @Nullable String name,
            @Nullable String password,
            @Nullable String role,
            @Nullable Boolean consoleOnly) {}

    /**
     * What is to be other.
     *
     * @param password the new one; null for the same
     * @param role the new one; null for the same
     * @param current the password of now, which those need who are no administrators
     * @param consoleOnly whether the new password is for the console alone; null for as it is
     */
    record UserChange(
            @Nullable String password,
            @Nullable String role,
            @Nullable String current,
            @Nullable Boolean consoleOnly) {}

    /**
     * A user as told.
     *
     * @param keys the ids of key pairs that were made for the user
     * @param configured whether it is the one of the settings, which is changed there
     * @param consoleOnly whether the password is for the console alone
     */
    record UserInfo(String name, String role, List<String> keys, boolean configured, boolean consoleOnly) {}

    /** A key pair; the secret is told once. */
    record KeyPair(String accessKey, String secretKey) {}

    UsersApi(StorageEngine engine, Sessions sessions) {
        super(engine.access());
        this.access = engine.access();
        this.sessions = sessions;
    }

    private UserInfo info(Principal principal) {
        return new UserInfo(
                principal.name(),
                principal.role().name().toLowerCase(Locale.ROOT),
                access.keys(principal.name()),
                principal.name().equals(access.root().name()),
                access.passwordUse(principal.name()) == PasswordUse.CONSOLE);
    }

    private static Optional<PasswordUse> use(@Nullable Boolean consoleOnly) {
        return Optional.ofNullable(consoleOnly).map(only -> only ? PasswordUse.CONSOLE : PasswordUse.EVERY_DOOR);
    }

    private void requireAdministrator() {
        if (!isAdministrator()) {
            throw new ForbiddenException("This is for administrators, and '" + user().name() + "' is none.");
        }
    }

    private void requireSelfOrAdministrator(String name) {
        if (!name.equals(user().name())) {
            requireAdministrator();
        }
    }

    @GetMapping
    List<UserInfo> users() {
        boolean all = isAdministrator();
        String own = user().name();
        return access.users().stream()
                .filter(principal -> all || principal.name().equals(own))
                .map(this::info)
                .toList();
    }

    @PostMapping
    ResponseEntity<?> addUser(@RequestBody NewUser wanted) throws IOException {
        requireAdministrator();
        Optional<Role> role = wanted.role() == null ? Optional.of(Role.USER) : role(wanted.role());
        if (role.isEmpty()) {
            return noSuchRole(wanted.role());
        }
        String name = wanted.name() == null ? "" : wanted.name();
        caller().note("user " + name + ", role " + role.get().name().toLowerCase(Locale.ROOT));
        String password = wanted.password() == null ? "" : wanted.password();
        PasswordUse use = use(wanted.consoleOnly()).orElse(PasswordUse.EVERY_DOOR);
        if (use == PasswordUse.CONSOLE) {
            caller().note(FOR_CONSOLE);
        }
        return switch (access.addUser(name, password, role.get(), use)) {
            case UserAdded.Added added ->
                ResponseEntity.status(HttpStatus.CREATED).body(info(added.principal()));
            case UserAdded.Refused refused -> problem(HttpStatus.BAD_REQUEST, refused.reason());
        };
    }

    @PatchMapping("/{name}")
    ResponseEntity<?> change(@PathVariable String name, @RequestBody UserChange wanted, HttpServletRequest request)
            throws IOException {
        requireSelfOrAdministrator(name);
        Optional<PasswordUse> use = use(wanted.consoleOnly());
        if (use.isPresent()) {
            requireAdministrator();
            caller().note(use.get() == PasswordUse.CONSOLE ? FOR_CONSOLE : FOR_EVERY_DOOR);
        }
        Optional<Role> role = Optional.empty();
        if (wanted.role() != null) {
            requireAdministrator();
            role = role(wanted.role());
            if (role.isEmpty()) {
                return noSuchRole(wanted.role());
            }
            caller().note("role " + wanted.role());
        }
        if (wanted.password() != null) {
            caller().note("a new password");
            Optional<ResponseEntity<ProblemDetail>> stranger =
                    isAdministrator() ? Optional.empty() : stranger(name, wanted.current(), request.getRemoteAddr());
            if (stranger.isPresent()) {
                return stranger.get();
            }
        }
        Optional<String> problem = access.changeUser(name, Optional.ofNullable(wanted.password()), role, use);
        if (problem.isPresent()) {
            return problem(HttpStatus.BAD_REQUEST, problem.get());
        }
        if (wanted.password() != null) {
            // Only the session that changes its own password goes on; somebody else may have another one.
            sessions.endOthersOf(name, ApiDoor.token(request).orElse(""));
        }
        return ResponseEntity.ok(info(find(name)));
    }

    /**
     * What to answer who does not know the password of now: a session that somebody left open is not enough. Guessing is slow here,
     * too.
     */
    private Optional<ResponseEntity<ProblemDetail>> stranger(String name, @Nullable String current, String address)
            throws IOException {
        return switch (access.signIn().attempt(name, current == null ? "" : current, address)) {
            case ConsoleSignIn.Outcome.Granted ignored -> Optional.empty();
            case ConsoleSignIn.Outcome.Denied ignored ->
                Optional.of(problem(HttpStatus.FORBIDDEN, "The current password is another one."));
            case ConsoleSignIn.Outcome.Locked locked -> Optional.of(locked(locked.left()));
        };
    }

    @DeleteMapping("/{name}")
    ResponseEntity<?> removeUser(@PathVariable String name) throws IOException {
        requireAdministrator();
        if (!access.removeUser(name)) {
            return problem(HttpStatus.NOT_FOUND, "There is no user '" + name + "' that can be removed.");
        }
        sessions.endAllOf(name);
        return ResponseEntity.noContent().build();
    }

    /** Makes a key pair. */
    @PostMapping("/{name}/keys")
    ResponseEntity<?> addKey(@PathVariable String name) throws IOException {
        requireSelfOrAdministrator(name);
        Optional<Credential> made = access.addKey(name);
        if (made.isEmpty()) {
            return problem(HttpStatus.NOT_FOUND, "There is no user '" + name + "'.");
        }
        caller().note("key " + made.get().accessKeyId());
        return ResponseEntity.status(HttpStatus.CREATED)
                .body(new KeyPair(made.get().accessKeyId(), made.get().secret()));
    }

    @DeleteMapping("/{name}/keys/{id}")
    ResponseEntity<?> removeKey(@PathVariable String name, @PathVariable String id) throws IOException {
        requireSelfOrAdministrator(name);
        return access.keys(name).contains(id) && access.removeKey(id)
                ? ResponseEntity.noContent().build()
                : problem(HttpStatus.NOT_FOUND, "The user '" + name + "' has no key pair '" + id + "'.");
    }

    private Principal find(String name) {
        return access.users().stream()
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AbsentException("There is no user '" + name + "'."));
    }

    private static Optional<Role> role(String text) {
        for (Role role : Role.values()) {
            if (role.name().equalsIgnoreCase(text)) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }

    private static ResponseEntity<ProblemDetail> noSuchRole(@Nullable String role) {
        return problem(HttpStatus.BAD_REQUEST, "There is no role '" + role + "': use " + ROLES + ".");
    }

    @ExceptionHandler(IOException.class)
    ResponseEntity<ProblemDetail> failed(IOException failure) {
        return problem(HttpStatus.SERVICE_UNAVAILABLE, "The store could not do it: " + failure.getMessage());
    }
}
