package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.HttpDate;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.KeyVersion;
import io.varve.storage.namespace.LifecycleRule;
import io.varve.storage.namespace.LifecycleRule.Expiration;
import io.varve.storage.namespace.LifecycleRule.Filter;
import io.varve.storage.namespace.LifecycleRule.Noncurrent;
import io.varve.storage.namespace.Namespace;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** A bucket's lifecycle rules as documents. Thread-safe. */
public final class BucketLifecycle {

    private static final int DOCUMENT_BYTES_MAX = 1 << 20;
    private static final int ID_LENGTH_MAX = 255;
    static final int DAYS_MAX = 100 * 366;

    /** From which size on objects change their class by themselves. */
    private static final String SMALLEST_HEADER = "x-amz-transition-default-minimum-object-size";

    private final Namespace namespace;

    public BucketLifecycle(Namespace namespace) {
        this.namespace = namespace;
    }

    /** GetBucketLifecycleConfiguration. */
    public void get(Call call) throws IOException {
        Bucket bucket = namespace.findBucket(call.bucket()).orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
        List<LifecycleRule> rules = LifecycleRule.of(bucket.settings());
        if (rules.isEmpty()) {
            throw new S3Exception(S3Error.NO_SUCH_LIFECYCLE);
        }
        XmlWriter xml = XmlWriter.document("LifecycleConfiguration");
        rules.forEach(rule -> write(xml, rule));
        call.answer(xml);
    }

    /** PutBucketLifecycleConfiguration. */
    public void put(Call call) {
        if (call.headers().has(SMALLEST_HEADER)) {
            throw new S3Exception(S3Error.NOT_IMPLEMENTED, "Objects of any size change their storage class.")
                    .with("Header", SMALLEST_HEADER);
        }
        XmlElement document = XmlElement.parse(call.body().readAll(DOCUMENT_BYTES_MAX), "LifecycleConfiguration");
        List<LifecycleRule> rules = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (XmlElement element : document.children("Rule")) {
            LifecycleRule rule = parse(element);
            if (!ids.add(rule.id())) {
                throw S3Exception.invalidArgument(
                        "ID", rule.id(), "Rule ID must be unique. Found same ID for more than one rule");
            }
            rules.add(rule);
        }
        if (rules.isEmpty() || rules.size() > LifecycleRule.RULES_MAX) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        String text = LifecycleRule.toText(rules);
        namespace.changeBucketSettings(call.bucket(), settings -> settings.with(LifecycleRule.SETTING, text));
        call.answer(HttpServletResponse.SC_OK);
    }

    /** DeleteBucketLifecycle: no error if there is none. */
    public void delete(Call call) {
        namespace.changeBucketSettings(call.bucket(), settings -> settings.without(LifecycleRule.SETTING));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    /** Tells when an object goes by itself, and by which rule; in true days, also where a setting makes those of rules shorter. */
    static void tell(Bucket bucket, Entry entry, HttpServletResponse response) {
        if (bucket.settings().get(LifecycleRule.SETTING).isEmpty()) {
            return;
        }
        LifecycleRule.first(LifecycleRule.of(bucket.settings()), new KeyVersion(entry, false, true), LifecycleRule.DAY)
                .ifPresent(due -> response.setHeader(
                        "x-amz-expiration",
                        "expiry-date=\"" + HttpDate.format(due.getKey()) + "\", rule-id=\""
                                + due.getValue().id() + "\""));
    }

    // ---- reading documents

    private static LifecycleRule parse(XmlElement rule) {
        String id = rule.childText("ID")
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .orElseGet(() -> UUID.randomUUID().toString());
        if (id.length() > ID_LENGTH_MAX) {
            throw S3Exception.invalidArgument("ID", id, "ID length should not exceed allowed limit of 255");
        }
        boolean enabled = switch (rule.childText("Status").orElse("").strip()) {
            case "Enabled" -> true;
            case "Disabled" -> false;
            default -> throw malformed();
        };
        Filter filter = filter(rule);
        Optional<XmlElement> expiration = rule.children("Expiration").stream().findFirst();
        boolean endsMarkers = expiration
                .flatMap(element -> element.childText("ExpiredObjectDeleteMarker"))
                .filter(text -> text.strip().equals("true"))
                .isPresent();
        if (endsMarkers && filter.looksAtVersions()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "ExpiredObjectDeleteMarker cannot be specified with tags or sizes in the filter.");
        }
        LifecycleRule parsed = new LifecycleRule(
                id,
                enabled,
                filter,
                expiration.flatMap(BucketLifecycle::expiration),
                endsMarkers,
                rule.children("NoncurrentVersionExpiration").stream()
                        .findFirst()
                        .map(BucketLifecycle::noncurrent),
                rule.children("AbortIncompleteMultipartUpload").stream()
                        .findFirst()
                        .map(element -> days(element, "DaysAfterInitiation", "AbortIncompleteMultipartUpload"))
                        .orElse(0),
                LifecycleTransitions.parse(rule));
        if (expiration.isPresent() && parsed.expiration().isPresent() == endsMarkers) {
            throw malformed();
        }
        if (expiration.isEmpty()
                && parsed.noncurrent().isEmpty()
                && parsed.abortDays() == 0
                && parsed.transitions().isEmpty()) {
            throw new S3Exception(S3Error.INVALID_REQUEST, "At least one action needs to be specified in a rule");
        }
        if (parsed.abortDays() > 0 && filter.looksAtVersions()) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "AbortIncompleteMultipartUpload cannot be specified with tags or sizes in the filter.");
        }
        LifecycleTransitions.requireOrder(parsed);
        return parsed;
    }

    static S3Exception malformed() {
        return new S3Exception(S3Error.MALFORMED_XML);
    }

    private static Filter filter(XmlElement rule) {
        List<XmlElement> filters = rule.children("Filter");
        Optional<String> legacy = rule.childText("Prefix");
        if (filters.size() + (legacy.isPresent() ? 1 : 0) != 1) {
            throw malformed();
        }
        if (legacy.isPresent()) {
            return new Filter(true, legacy.get(), new TreeMap<>(), -1, Long.MAX_VALUE);
        }
        // Amazon wants several conditions inside of And; here they count together in either place, so that each only
        // narrows.
        List<XmlElement> places = new ArrayList<>(filters);
        places.addAll(filters.getFirst().children("And"));
        String prefix = "";
        SortedMap<String, String> tags = new TreeMap<>();
        long above = -1;
        long below = Long.MAX_VALUE;
        for (XmlElement place : places) {
            prefix = narrower(prefix, place.childText("Prefix").orElse(""));
            for (XmlElement tag : place.children("Tag")) {
                String name = tag.childText("Key").orElseThrow(BucketLifecycle::malformed);
                if (tags.put(name, tag.childText("Value").orElse("")) != null) {
                    throw new S3Exception(S3Error.INVALID_REQUEST, "Duplicate Tag Keys are not allowed.");
                }
            }
            above = Math.max(
                    above,
                    place.childText("ObjectSizeGreaterThan")
                            .map(text -> number(text, Long.MAX_VALUE))
                            .orElse(-1L));
            below = Math.min(
                    below,
                    place.childText("ObjectSizeLessThan")
                            .map(text -> number(text, Long.MAX_VALUE))
                            .orElse(Long.MAX_VALUE));
        }
        return new Filter(false, prefix, tags, above, below);
    }

    private static String narrower(String one, String other) {
        if (one.startsWith(other)) {
            return one;
        }
        if (other.startsWith(one)) {
            return other;
        }
        throw malformed();
    }

    private static Optional<Expiration> expiration(XmlElement element) {
        Optional<String> date = element.childText("Date");
        if (date.isPresent() && element.childText("Days").isPresent()) {
            throw malformed();
        }
        if (date.isPresent()) {
            return Optional.of(new Expiration(0, Optional.of(midnight(date.get().strip()))));
        }
        return element.childText("Days")
                .map(ignored -> new Expiration(days(element, "Days", "Expiration"), Optional.empty()));
    }

    static Instant midnight(String text) {
        Instant date;
        try {
            date = text.indexOf('T') < 0
                    ? LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC)
                    : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw new S3Exception(S3Error.MALFORMED_XML, S3Error.MALFORMED_XML.message(), e);
        }
        if (!date.equals(date.truncatedTo(ChronoUnit.DAYS))) {
            throw S3Exception.invalidArgument("Date", text, "'Date' must be at midnight GMT");
        }
        return date;
    }

    private static Noncurrent noncurrent(XmlElement element) {
        int newer = element.childText("NewerNoncurrentVersions")
                .map(text -> positive(text, "NewerNoncurrentVersions", "NoncurrentVersionExpiration"))
                .orElse(0);
        return new Noncurrent(days(element, "NoncurrentDays", "NoncurrentVersionExpiration"), newer);
    }

    private static int days(XmlElement element, String name, String action) {
        return positive(element.childText(name).orElseThrow(BucketLifecycle::malformed), name, action);
    }

    static int positive(String text, String name, String action) {
        long days = number(text, DAYS_MAX);
        if (days < 1) {
            throw S3Exception.invalidArgument(
                    name, text, "'" + name + "' for " + action + " action must be a positive integer");
        }
        return (int) days;
    }

    static long number(String text, long max) {
        try {
            long number = Long.parseLong(text.strip());
            if (number > max) {
                throw malformed();
            }
            return number;
        } catch (NumberFormatException e) {
            throw new S3Exception(S3Error.MALFORMED_XML, S3Error.MALFORMED_XML.message(), e);
        }
    }

    // ---- writing documents

    private static void write(XmlWriter xml, LifecycleRule rule) {
        xml.open("Rule").text("ID", rule.id());
        write(xml, rule.filter());
        xml.text("Status", rule.enabled() ? "Enabled" : "Disabled");
        if (rule.expiration().isPresent() || rule.endsMarkers()) {
            xml.open("Expiration");
            rule.expiration()
                    .ifPresent(when -> when.date()
                            .ifPresentOrElse(
                                    date -> xml.text("Date", HttpDate.formatIso(date)),
                                    () -> xml.text("Days", when.days())));
            if (rule.endsMarkers()) {
                xml.text("ExpiredObjectDeleteMarker", true);
            }
            xml.close("Expiration");
        }
        rule.noncurrent().ifPresent(when -> {
            xml.open("NoncurrentVersionExpiration").text("NoncurrentDays", when.days());
            if (when.newer() > 0) {
                xml.text("NewerNoncurrentVersions", when.newer());
            }
            xml.close("NoncurrentVersionExpiration");
        });
        LifecycleTransitions.write(xml, rule);
        if (rule.abortDays() > 0) {
            xml.open("AbortIncompleteMultipartUpload")
                    .text("DaysAfterInitiation", rule.abortDays())
                    .close("AbortIncompleteMultipartUpload");
        }
        xml.close("Rule");
    }

    private static void write(XmlWriter xml, Filter filter) {
        if (filter.legacy()) {
            xml.text("Prefix", filter.prefix());
            return;
        }
        int said = filter.tags().size()
                + (filter.prefix().isEmpty() ? 0 : 1)
                + (filter.sizeAbove() >= 0 ? 1 : 0)
                + (filter.sizeBelow() < Long.MAX_VALUE ? 1 : 0);
        xml.open("Filter");
        if (said > 1) {
            xml.open("And");
        }
        if (!filter.prefix().isEmpty() || said == 0) {
            xml.text("Prefix", filter.prefix());
        }
        filter.tags()
                .forEach((key, value) ->
                        xml.open("Tag").text("Key", key).text("Value", value).close("Tag"));
        if (filter.sizeAbove() >= 0) {
            xml.text("ObjectSizeGreaterThan", filter.sizeAbove());
        }
        if (filter.sizeBelow() < Long.MAX_VALUE) {
            xml.text("ObjectSizeLessThan", filter.sizeBelow());
        }
        if (said > 1) {
            xml.close("And");
        }
        xml.close("Filter");
    }
}
