package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.HttpDate;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.ObjectLock;
import io.varve.storage.namespace.VersionId;
import io.varve.storage.namespace.VersionLock;
import io.varve.storage.namespace.VersionLock.Hold;
import io.varve.storage.namespace.VersionLock.Mode;
import io.varve.storage.namespace.VersionLock.Retention;
import io.varve.storage.namespace.Versioning;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Object lock: a bucket's configuration, retention and legal holds of versions, and the headers that ask for them. Thread-safe. */
public final class ObjectLocking {

    static final String BYPASS = "x-amz-bypass-governance-retention";

    private static final int DOCUMENT_BYTES_MAX = 64 * 1024;
    private static final int DAYS_MAX = 36_500;
    private static final int YEARS_MAX = 100;
    private static final String MODE = "x-amz-object-lock-mode";
    private static final String UNTIL = "x-amz-object-lock-retain-until-date";
    private static final String HOLD = "x-amz-object-lock-legal-hold";

    private final Namespace namespace;
    private final AccessControl access;
    private final InstantSource clock;

    public ObjectLocking(Namespace namespace, AccessControl access, InstantSource clock) {
        this.namespace = namespace;
        this.access = access;
        this.clock = clock;
    }

    // ---- the bucket's configuration

    /** GetObjectLockConfiguration. */
    public void getConfiguration(Call call) throws IOException {
        ObjectLock lock = bucket(namespace, call.bucket())
                .objectLock()
                .orElseThrow(() -> new S3Exception(S3Error.OBJECT_LOCK_NOT_FOUND));
        XmlWriter xml = XmlWriter.document("ObjectLockConfiguration").text("ObjectLockEnabled", "Enabled");
        if (lock.mode().isPresent()) {
            xml.open("Rule")
                    .open("DefaultRetention")
                    .text("Mode", lock.mode().get().name());
            if (lock.years() > 0) {
                xml.text("Years", lock.years());
            } else {
                xml.text("Days", lock.days());
            }
            xml.close("DefaultRetention").close("Rule");
        }
        call.answer(xml);
    }

    /** PutObjectLockConfiguration: for buckets with versioning; it cannot be taken back. */
    public void putConfiguration(Call call) {
        XmlElement document = XmlElement.parse(call.body().readAll(DOCUMENT_BYTES_MAX), "ObjectLockConfiguration");
        if (!document.childText("ObjectLockEnabled").orElse("").strip().equals("Enabled")) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        Optional<XmlElement> rule = document.children("Rule").stream().findFirst();
        ObjectLock lock = rule.map(ObjectLocking::defaultOf).orElse(ObjectLock.WITHOUT_DEFAULT);
        if (bucket(namespace, call.bucket()).versioning() != Versioning.ENABLED) {
            throw new S3Exception(
                    S3Error.INVALID_BUCKET_STATE,
                    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
        }
        namespace.keyVersions().setObjectLock(call.bucket(), lock);
        call.answer(HttpServletResponse.SC_OK);
    }

    private static ObjectLock defaultOf(XmlElement rule) {
        XmlElement retention = rule.children("DefaultRetention").stream()
                .findFirst()
                .orElseThrow(() -> new S3Exception(S3Error.MALFORMED_XML));
        Mode mode = mode(retention.childText("Mode").orElse(""));
        Optional<String> days = retention.childText("Days");
        Optional<String> years = retention.childText("Years");
        if (days.isPresent() == years.isPresent()) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        return new ObjectLock(
                Optional.of(mode),
                days.map(text -> period(text, DAYS_MAX)).orElse(0),
                years.map(text -> period(text, YEARS_MAX)).orElse(0));
    }

    private static int period(String text, int max) {
        try {
            int period = Integer.parseInt(text.strip());
            if (period < 1 || period > max) {
                throw new S3Exception(
                        S3Error.INVALID_RETENTION_PERIOD, "The retention period must be 1 to " + max + ".");
            }
            return period;
        } catch (NumberFormatException e) {
            throw new S3Exception(S3Error.MALFORMED_XML, S3Error.MALFORMED_XML.message(), e);
        }
    }

    private static Mode mode(String name) {
        return Arrays.stream(Mode.values())
                .filter(mode -> mode.name().equals(name.strip()))
                .findFirst()
                .orElseThrow(() -> new S3Exception(S3Error.MALFORMED_XML));
    }

    // ---- retention and holds of versions

    /** GetObjectRetention. */
    public void getRetention(Call call) throws IOException {
        requireLocks(namespace, call);
        Retention retention = VersionLock.of(ObjectLookup.find(namespace, call).attributes())
                .retention()
                .orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_OBJECT_LOCK));
        call.answer(XmlWriter.document("Retention")
                .text("Mode", retention.mode().name())
                .text("RetainUntilDate", HttpDate.formatIso(retention.until())));
    }

    /** PutObjectRetention: an empty document removes it, if that may be. */
    public void putRetention(Call call) {
        requireLocks(namespace, call);
        XmlElement document = XmlElement.parse(call.body().readAll(DOCUMENT_BYTES_MAX), "Retention");
        Optional<String> mode = document.childText("Mode").map(String::strip).filter(text -> !text.isEmpty());
        Optional<String> until =
                document.childText("RetainUntilDate").map(String::strip).filter(text -> !text.isEmpty());
        if (mode.isPresent() != until.isPresent()) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        Optional<Retention> wanted = mode.map(name -> new Retention(mode(name), inFuture(until.orElseThrow())));
        Optional<VersionId> version = ObjectLookup.version(call.query(), call.path());
        Entry entry = ObjectLookup.find(namespace, call.path(), version);
        namespace
                .keyVersions()
                .retain(call.path(), version, wanted, bypasses(access, call, call.key()), call.options());
        ObjectLookup.tellVersion(namespace, entry, call);
        call.answer(HttpServletResponse.SC_OK);
    }

    private Instant inFuture(String text) {
        Instant until = date(text).orElseThrow(() -> new S3Exception(S3Error.MALFORMED_XML));
        if (!until.isAfter(clock.instant())) {
            throw S3Exception.invalidArgument("RetainUntilDate", text, "The retain until date must be in the future!");
        }
        return until;
    }

    private static Optional<Instant> date(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException ignored) {
            return Optional.empty();
        }
    }

    /** GetObjectLegalHold. */
    public void getHold(Call call) throws IOException {
        requireLocks(namespace, call);
        Hold hold =
                VersionLock.of(ObjectLookup.find(namespace, call).attributes()).hold();
        if (hold == Hold.UNSET) {
            throw new S3Exception(S3Error.NO_SUCH_OBJECT_LOCK);
        }
        call.answer(XmlWriter.document("LegalHold").text("Status", hold.name()));
    }

    /** PutObjectLegalHold. */
    public void putHold(Call call) {
        requireLocks(namespace, call);
        XmlElement document = XmlElement.parse(call.body().readAll(DOCUMENT_BYTES_MAX), "LegalHold");
        boolean on = isOn(document.childText("Status").orElse("").strip());
        Optional<VersionId> version = ObjectLookup.version(call.query(), call.path());
        Entry entry = ObjectLookup.find(namespace, call.path(), version);
        namespace.keyVersions().hold(call.path(), version, on, call.options());
        ObjectLookup.tellVersion(namespace, entry, call);
        call.answer(HttpServletResponse.SC_OK);
    }

    private static boolean isOn(String status) {
        return switch (status) {
            case "ON" -> true;
            case "OFF" -> false;
            default -> throw new S3Exception(S3Error.MALFORMED_XML);
        };
    }

    // ---- headers

    static boolean asksFor(Headers headers) {
        return headers.has(MODE) || headers.has(UNTIL) || headers.has(HOLD);
    }

    /** The attributes of a new object with the lock that its headers ask for. */
    static Attributes withLock(Attributes attributes, Namespace namespace, AccessControl access, Call call) {
        Headers headers = call.headers();
        if (!asksFor(headers)) {
            return attributes;
        }
        requireLocks(namespace, call);
        if (call.path().isDirectory()) {
            throw new S3Exception(S3Error.INVALID_REQUEST, "A key that ends with a slash is a folder and has no lock.");
        }
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

    private static Retention retention(String mode, String until) {
        Mode known = Arrays.stream(Mode.values())
                .filter(one -> one.name().equals(mode))
                .findFirst()
                .orElseThrow(() -> S3Exception.invalidArgument(MODE, mode, "Unknown wormMode directive."));
        Instant end = date(until)
                .orElseThrow(() -> S3Exception.invalidArgument(
                        UNTIL, until, "The retain until date must be provided in ISO 8601 format"));
        return new Retention(known, end);
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

    /** Whether a request may, and wants to, end a retention of the mode {@code GOVERNANCE} early. */
    static boolean bypasses(AccessControl access, Call call, String key) {
        return call.headers().get(BYPASS).equalsIgnoreCase("true")
                && access.decide(call.principal(), Action.BYPASS_RETENTION, call.bucket(), key)
                        == AccessControl.Decision.ALLOWED;
    }

    private static void requireLocks(Namespace namespace, Call call) {
        if (bucket(namespace, call.bucket()).objectLock().isEmpty()) {
            throw new S3Exception(S3Error.INVALID_REQUEST, "Bucket is missing Object Lock Configuration");
        }
    }

    private static Bucket bucket(Namespace namespace, String name) {
        return namespace.findBucket(name).orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
    }
}
