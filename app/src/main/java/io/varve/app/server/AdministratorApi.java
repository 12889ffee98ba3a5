package io.varve.app.server;

import io.varve.storage.access.AccessControl;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.springframework.web.bind.annotation.ModelAttribute;

/** Parts of {@code /api/v1} that are for administrators only. */
abstract class AdministratorApi extends UserApi {
    AdministratorApi(AccessControl access) {
        super(access);
    }

    /** Runs before every method of an interface. */
    @ModelAttribute
    void requireAdministrator() {
        if (!isAdministrator()) {
            throw new ForbiddenException("This is for administrators, and '" + user().name() + "' is none.");
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
