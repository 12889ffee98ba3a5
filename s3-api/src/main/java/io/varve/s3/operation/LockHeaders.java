package io.varve.s3.operation;

import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.HttpDate;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.VersionLock;
import io.varve.storage.namespace.VersionLock.Hold;
import io.varve.storage.namespace.VersionLock.Mode;
import io.varve.storage.namespace.VersionLock.Retention;
import jakarta.servlet.http.HttpServletResponse;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The headers by which an object is stored with a retention or a legal hold, and by which a read tells of them. Thread-safe. */
public final class LockHeaders {

    private static final String MODE = "x-amz-object-lock-mode";
    private static final String UNTIL = "x-amz-object-lock-retain-until-date";
    private static final String HOLD = "x-amz-object-lock-legal-hold";

    private final Namespace namespace;
    private final AccessControl access;
    private final InstantSource clock;

    public LockHeaders(Namespace namespace, AccessControl access, InstantSource clock) {
        this.namespace = namespace;
        this.access = access;
        this.clock = clock;
    }

    static boolean asksFor(Headers headers) {
        return headers.has(MODE) || headers.has(UNTIL) || headers.has(HOLD);
    }

    /**
     * The attributes of a new object with the lock that its headers ask for.
     *
     * @throws S3Exception if they contradict each other, the bucket has no locks, or the sender may not lock
     */
    Attributes withLock(Attributes attributes, Call call) {
        Headers headers = call.headers();
        if (!asksFor(headers)) {
            return attributes;
        }
        ObjectLocking.requireLocks(namespace, call);
        if (headers.has(MODE) != headers.has(UNTIL)) {
            throw S3Exception.invalidArgument(
                    headers.has(MODE) ? UNTIL : MODE, "", MODE + " and " + UNTIL + " must both be supplied");
        }
        Optional<Retention> retention = Optional.empty();
        if (headers.has(MODE)) {
            call.require(access, Action.WRITE_RETENTION);
            retention = Optional.of(retention(headers.get(MODE), headers.get(UNTIL)));
        }
        Hold hold = Hold.UNSET;
        if (headers.has(HOLD)) {
            call.require(access, Action.WRITE_HOLD);
            String status = headers.get(HOLD).toUpperCase(Locale.ROOT);
            if (!status.equals("ON") && !status.equals("OFF")) {
                throw S3Exception.invalidArgument(
                        HOLD, headers.get(HOLD), "Legal Hold must be either of 'ON' or 'OFF'");
            }
            hold = status.equals("ON") ? Hold.ON : Hold.OFF;
        }
        return new VersionLock(retention, hold).in(attributes);
    }

    private Retention retention(String mode, String until) {
        Mode known = Arrays.stream(Mode.values())
                .filter(one -> one.name().equals(mode))
                .findFirst()
                .orElseThrow(() -> S3Exception.invalidArgument(MODE, mode, "Unknown wormMode directive."));
        Instant end = date(until)
                .orElseThrow(() -> S3Exception.invalidArgument(
                        UNTIL, until, "The retain until date must be provided in ISO 8601 format"));
        return new Retention(known, requireFuture(UNTIL, until, end, clock.instant()));
    }

    static Optional<Instant> date(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException ignored) {
            return Optional.empty();
        }
    }

    /**
     * The end of a retention that has not passed.
     *
     * @param name what it is called in the request
     * @param text as it stands there
     * @throws S3Exception {@code InvalidArgument} if it has passed
     */
    static Instant requireFuture(String name, String text, Instant until, Instant now) {
        if (!until.isAfter(now)) {
            throw S3Exception.invalidArgument(name, text, "The retain until date must be in the future!");
        }
        return until;
    }

    /** Tells what locks a version. */
    static void tell(Entry entry, HttpServletResponse response) {
        if (entry.attributes().withPrefix(Attributes.LOCK).isEmpty()) {
            return;
        }
        VersionLock lock = VersionLock.of(entry.attributes());
        lock.retention().ifPresent(retention -> {
            response.setHeader(MODE, retention.mode().name());
            response.setHeader(UNTIL, HttpDate.formatIso(retention.until()));
        });
        if (lock.hold() != Hold.UNSET) {
            response.setHeader(HOLD, lock.hold().name());
        }
    }
}
