package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.HttpDate;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.LifecycleRule;
import io.varve.storage.namespace.LifecycleRule.Transition;
import io.varve.storage.namespace.StorageClass;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The part of lifecycle documents that gives objects another storage class. */
final class LifecycleTransitions {

    private static final String CURRENT = "Transition";
    private static final String NONCURRENT = "NoncurrentVersionTransition";

    private LifecycleTransitions() {}

    /**
     * Reads a rule's transitions.
     *
     * @throws S3Exception if they are not well-formed, or two lead to the same class
     */
    static List<Transition> parse(XmlElement rule) {
        List<Transition> found = new ArrayList<>();
        for (XmlElement element : rule.children(CURRENT)) {
            found.add(current(element));
        }
        for (XmlElement element : rule.children(NONCURRENT)) {
            int newer = element.childText("NewerNoncurrentVersions")
                    .map(text -> BucketLifecycle.positive(text, "NewerNoncurrentVersions", NONCURRENT))
                    .orElse(0);
            int days = days(element.childText("NoncurrentDays").orElseThrow(BucketLifecycle::malformed));
            found.add(new Transition(storageClass(element), false, days, Optional.empty(), newer));
        }
        long different = found.stream()
                .map(one -> one.to().name() + one.current())
                .distinct()
                .count();
        if (different < found.size()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "'StorageClass' must be different for 'Transition' actions in the same 'Rule'.");
        }
        return found;
    }

    private static Transition current(XmlElement element) {
        Optional<String> days = element.childText("Days");
        Optional<Instant> date = element.childText("Date").map(text -> BucketLifecycle.midnight(text.strip()));
        if (days.isPresent() == date.isPresent()) {
            throw BucketLifecycle.malformed();
        }
        return new Transition(
                storageClass(element),
                true,
                days.map(LifecycleTransitions::days).orElse(0),
                date,
                0);
    }

    /** Other than with deletes, the day of the upload counts. */
    private static int days(String text) {
        long days = BucketLifecycle.number(text, BucketLifecycle.DAYS_MAX);
        if (days < 0) {
            throw S3Exception.invalidArgument("Days", text, "'Days' for Transition action must be nonnegative");
        }
        return (int) days;
    }

    private static StorageClass storageClass(XmlElement element) {
        StorageClass named = StorageClasses.ofName(
                element.childText("StorageClass").map(String::strip).orElseThrow(BucketLifecycle::malformed));
        if (!named.isForRules()) {
            throw BucketLifecycle.malformed();
        }
        return named;
    }

    /**
     * Insists that what a rule deletes has changed its class before.
     *
     * @throws S3Exception {@code InvalidArgument} if it cannot have
     */
    static void requireOrder(LifecycleRule rule) {
        for (Transition one : rule.transitions()) {
            int end = one.current()
                    ? rule.expiration().map(LifecycleRule.Expiration::days).orElse(0)
                    : rule.noncurrent().map(LifecycleRule.Noncurrent::days).orElse(0);
            if (end > 0 && one.date().isEmpty() && end <= one.days()) {
                throw S3Exception.invalidArgument(
                        "Days",
                        Integer.toString(end),
                        "'Days' in the Expiration action must be greater than 'Days' in the Transition action");
            }
        }
    }

    static void write(XmlWriter xml, LifecycleRule rule) {
        for (Transition one : rule.transitions()) {
            String name = one.current() ? CURRENT : NONCURRENT;
            xml.open(name);
            if (one.date().isPresent()) {
                xml.text("Date", HttpDate.formatIso(one.date().get()));
            } else {
                xml.text(one.current() ? "Days" : "NoncurrentDays", one.days());
            }
            if (one.newer() > 0) {
                xml.text("NewerNoncurrentVersions", one.newer());
            }
            xml.text("StorageClass", one.to().name()).close(name);
        }
    }
}
