package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.HttpDate;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;

/** Object lock: a bucket's configuration, and retention and legal holds of versions. Thread-safe. */
public final class ObjectLocking {

    static final String BYPASS = "x-amz-bypass-governance-retention";

    private static final int DOCUMENT_BYTES_MAX = 64 * 1024;
    private static final int DAYS_MAX = 36_500;
    private static final int YEARS_MAX = 100;

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
        Optional<Retention> wanted = mode.map(name -> new Retention(mode(name), until(until.orElseThrow())));
        Optional<VersionId> version = ObjectLookup.version(call.query(), call.path());
        Entry entry = ObjectLookup.find(namespace, call.path(), version);
        namespace
                .keyVersions()
                .retain(call.path(), version, wanted, bypasses(access, call, call.key()), call.options());
        ObjectLookup.tellVersion(namespace, entry, call);
        call.answer(HttpServletResponse.SC_OK);
    }

    private Instant until(String text) {
        Instant until = LockHeaders.date(text).orElseThrow(() -> new S3Exception(S3Error.MALFORMED_XML));
        return LockHeaders.requireFuture("RetainUntilDate", text, until, clock.instant());
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

    /** Whether a request may, and wants to, end a retention of the mode {@code GOVERNANCE} early. */
    static boolean bypasses(AccessControl access, Call call, String key) {
        return call.headers().get(BYPASS).equalsIgnoreCase("true")
                && access.decide(call.principal(), Action.BYPASS_RETENTION, call.bucket(), key)
                        == AccessControl.Decision.ALLOWED;
    }

    static void requireLocks(Namespace namespace, Call call) {
        if (bucket(namespace, call.bucket()).objectLock().isEmpty()) {
            throw new S3Exception(S3Error.INVALID_REQUEST, "Bucket is missing Object Lock Configuration");
        }
    }

    private static Bucket bucket(Namespace namespace, String name) {
        return namespace.findBucket(name).orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
    }
}
