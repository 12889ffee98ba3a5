package io.varve.app.server;

import io.varve.app.console.AuditLog;
import io.varve.app.console.AuditTrail;
import io.varve.webdav.wire.PercentCoding;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Notes changes over WebDAV and S3 in the audit log; REST notes its own. What concerns a bucket as a whole stands beside the administration
 * of the server, the rest beside what is done to files. Left out is what nobody but its sender can see: parts of uploads that are not
 * complete, and locks. Requests without any login that are refused are left out, too: anybody can send any number of them.
 * Thread-safe.
 */
final class AuditedDoors implements Consumer<Answered> {
    private static final Set<String> UNSEEN =
            Set.of("LOCK", "UNLOCK", "UploadPart", "UploadPartCopy", "CreateMultipartUpload", "AbortMultipartUpload");

    /** Operations on a bucket's address that concern files in it. */
    private static final Set<String> OF_FILES = Set.of("DeleteObjects", "PostObject");

    private static final String LOGIN_REFUSED = "login refused";

    private final AuditTrail trail;
    private volatile Set<Door> doors;

    /** @param doors whose changes are noted */
    AuditedDoors(AuditTrail trail, Set<Door> doors) {
        this.trail = trail;
        this.doors = Set.copyOf(doors);
    }

    /** From now on changes at these doors are noted. */
    void note(Set<Door> changed) {
        doors = Set.copyOf(changed);
    }

    @Override
    public void accept(Answered answered) {
        if (!answered.isChange() || !doors.contains(answered.door()) || isNoise(answered)) {
            return;
        }
        Instant now = trail.now();
        if (isRefusedLogin(answered)) {
            trail.administration(line(now, answered, answered.target(), LOGIN_REFUSED, ""));
        } else if (isUnseen(answered)) {
            return;
        } else if (!answered.changed().isEmpty()) {
            trail.files(answered.changed().stream()
                    .map(each ->
                            line(now, answered, answered.target() + "/" + each.key(), answered.detail(), each.user()))
                    .toList());
        } else if (isOfBucket(answered)) {
            trail.administration(line(now, answered, answered.target(), answered.detail(), answered.user()));
        } else {
            trail.files(List.of(line(now, answered, answered.target(), answered.detail(), answered.user())));
        }
    }

    /** A lock on a name that is not there makes a file of it. */
    private static boolean isUnseen(Answered answered) {
        boolean created = answered.operation().equals("LOCK") && answered.status() == 201;
        boolean uploadsPart = answered.door() == Door.DAV
                && answered.target().isEmpty()
                && !answered.operation().equals("MOVE");
        return uploadsPart || (UNSEEN.contains(answered.operation()) && !created);
    }

    private static boolean isNoise(Answered answered) {
        boolean refused = answered.status() >= 400;
        return answered.user().isEmpty()
                && refused
                && (!answered.hasLogin() || answered.status() == 429 || answered.status() == 503);
    }

    private static boolean isRefusedLogin(Answered answered) {
        return answered.user().isEmpty() && (answered.status() == 401 || answered.status() == 403);
    }

    private static boolean isOfBucket(Answered answered) {
        int slash = answered.target().indexOf('/');
        boolean bucket = slash < 0 || slash == answered.target().length() - 1;
        return bucket && !answered.target().isEmpty() && !OF_FILES.contains(answered.operation());
    }

    private static AuditLog.Line line(Instant at, Answered answered, String target, String detail, String user) {
        return new AuditLog.Line(
                at,
                user,
                answered.address(),
                answered.door().text(),
                answered.operation() + " /" + PercentCoding.encode(target),
                detail,
                answered.status());
    }
}
