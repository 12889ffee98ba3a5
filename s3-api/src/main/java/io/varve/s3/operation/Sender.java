package io.varve.s3.operation;

import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.BucketPolicy;
import io.varve.storage.access.Sessions.Session;
import java.util.Optional;

/**
 * Who sent a request.
 *
 * @param principal the user
 * @param session the temporary credentials that it is signed with; empty if it is signed with the user's own
 */
public record Sender(Principal principal, Optional<Session> session) {

    /** Somebody with credentials of their own, or with none. */
    public static Sender of(Principal principal) {
        return new Sender(principal, Optional.empty());
    }

    /** What the credentials may at most. */
    public Optional<BucketPolicy> limits() {
        return session.flatMap(Session::limits);
    }
}
