package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.VersionId;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Tells a webhook what happens to objects over S3: a bucket's rules as documents, and the events. Thread-safe. */
public final class Notifications {

    static final String CREATED_PUT = "s3:ObjectCreated:Put";
    static final String CREATED_POST = "s3:ObjectCreated:Post";
    static final String CREATED_COPY = "s3:ObjectCreated:Copy";
    static final String CREATED_PARTS = "s3:ObjectCreated:CompleteMultipartUpload";
    static final String REMOVED = "s3:ObjectRemoved:Delete";
    static final String REMOVED_MARKER = "s3:ObjectRemoved:DeleteMarkerCreated";
    static final String TAGGED = "s3:ObjectTagging:Put";
    static final String UNTAGGED = "s3:ObjectTagging:Delete";

    private static final Set<String> EVENTS = Set.of(
            "s3:ObjectCreated:*",
            CREATED_PUT,
            CREATED_POST,
            CREATED_COPY,
            CREATED_PARTS,
            "s3:ObjectRemoved:*",
            REMOVED,
            REMOVED_MARKER,
            "s3:ObjectTagging:*",
            TAGGED,
            UNTAGGED);

    /** Kinds of destinations: the names of their elements in the API reference, without {@code Configuration}. */
    private static final List<String> KINDS = List.of("Queue", "Topic", "CloudFunction");

    /** What a destination's ARN ends with: there is one webhook. */
    private static final String DESTINATION = ":webhook";

    private static final int DOCUMENT_BYTES_MAX = 256 * 1024;
    private static final int RULES_MAX = 100;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Namespace namespace;
    private final Optional<Webhook> webhook;
    private final InstantSource clock;
    private final String region;

    /** @param webhook where events go; without one no bucket can have rules */
    public Notifications(Namespace namespace, Optional<Webhook> webhook, InstantSource clock, String region) {
        this.namespace = namespace;
        this.webhook = webhook;
        this.clock = clock;
        this.region = region;
    }

    /** GetBucketNotificationConfiguration: empty if there are no rules. */
    public void get(Call call) throws IOException {
        Bucket bucket = namespace.findBucket(call.bucket()).orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
        XmlWriter xml = XmlWriter.document("NotificationConfiguration");
        for (NotificationRule rule : NotificationRule.of(bucket.settings())) {
            xml.open(rule.kind() + "Configuration").text("Id", rule.id()).text(rule.kind(), rule.arn());
            rule.events().forEach(event -> xml.text("Event", event));
            if (!rule.prefix().isEmpty() || !rule.suffix().isEmpty()) {
                xml.open("Filter").open("S3Key");
                write(xml, "prefix", rule.prefix());
                write(xml, "suffix", rule.suffix());
                xml.close("S3Key").close("Filter");
            }
            xml.close(rule.kind() + "Configuration");
        }
        call.answer(xml);
    }

    private static void write(XmlWriter xml, String name, String value) {
        if (!value.isEmpty()) {
            xml.open("FilterRule").text("Name", name).text("Value", value).close("FilterRule");
        }
    }

    /** PutBucketNotificationConfiguration: an empty document removes all rules. */
    public void put(Call call) {
        XmlElement document = XmlElement.parse(call.body().readAll(DOCUMENT_BYTES_MAX), "NotificationConfiguration");
        if (!document.children("EventBridgeConfiguration").isEmpty()) {
            throw new S3Exception(S3Error.NOT_IMPLEMENTED, "There is no EventBridge here, only a webhook.");
        }
        List<NotificationRule> rules = new ArrayList<>();
        for (String kind : KINDS) {
            for (XmlElement element : document.children(kind + "Configuration")) {
                rules.add(parse(kind, element));
            }
        }
        if (rules.size() > RULES_MAX) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        namespace.changeBucketSettings(
                call.bucket(),
                settings -> rules.isEmpty()
                        ? settings.without(NotificationRule.SETTING)
                        : settings.with(NotificationRule.SETTING, NotificationRule.toText(rules)));
        call.answer(HttpServletResponse.SC_OK);
    }

    private NotificationRule parse(String kind, XmlElement element) {
        String arn = element.childText(kind).orElse("").strip();
        if (webhook.isEmpty() || !arn.startsWith("arn:") || !arn.endsWith(DESTINATION)) {
            throw S3Exception.invalidArgument(
                    arn,
                    webhook.isEmpty()
                            ? "The server has no webhook: set varve.s3.webhook."
                            : "The destination must be an ARN that ends with " + DESTINATION + ".",
                    "Unable to validate the following destination configurations");
        }
        List<String> events = element.children("Event").stream()
                .map(event -> event.text().strip())
                .toList();
        for (String event : events) {
            if (!EVENTS.contains(event)) {
                throw S3Exception.invalidArgument("Event", event, "The event is not supported for notifications");
            }
        }
        if (events.isEmpty()) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        String prefix = "";
        String suffix = "";
        for (XmlElement filter : element.children("Filter")) {
            for (XmlElement key : filter.children("S3Key")) {
                for (XmlElement rule : key.children("FilterRule")) {
                    String value = rule.childText("Value").orElse("");
                    switch (rule.childText("Name").orElse("").strip().toLowerCase(Locale.ROOT)) {
                        case "prefix" -> prefix = value;
                        case "suffix" -> suffix = value;
                        default ->
                            throw S3Exception.invalidArgument(
                                    "FilterRule.Name", "", "filter rule name must be either prefix or suffix");
                    }
                }
            }
        }
        String id = element.childText("Id")
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .orElseGet(() -> UUID.randomUUID().toString());
        return new NotificationRule(kind, id, arn, events, prefix, suffix);
    }

    // ---- events

    /** Tells of an object that was written or changed. */
    void tell(Call call, String event, Entry entry) {
        tell(call, event, entry.path().key(), Optional.of(entry), Optional.of(entry.version()));
    }

    /** Tells of a key or a version that was deleted. */
    void tellDeleted(Call call, String key, boolean markerMade, Optional<VersionId> version) {
        tell(call, markerMade ? REMOVED_MARKER : REMOVED, key, Optional.empty(), version);
    }

    private void tell(Call call, String event, String key, Optional<Entry> entry, Optional<VersionId> version) {
        if (webhook.isEmpty()) {
            return;
        }
        Optional<Bucket> bucket = namespace.findBucket(call.bucket());
        if (bucket.isEmpty()) {
            return;
        }
        for (NotificationRule rule : NotificationRule.of(bucket.get().settings())) {
            if (rule.covers(event, key)) {
                webhook.get().send(message(call, event, key, entry, version, bucket.get(), rule));
            }
        }
    }

    /** An event as the user guide's "Event message structure" has it. */
    private String message(
            Call call,
            String event,
            String key,
            Optional<Entry> entry,
            Optional<VersionId> version,
            Bucket bucket,
            NotificationRule rule) {
        ObjectNode document = JSON.createObjectNode();
        ObjectNode told = document.putArray("Records").addObject();
        told.put("eventVersion", "2.1");
        told.put("eventSource", "aws:s3");
        told.put("awsRegion", region);
        told.put("eventTime", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        told.put("eventName", event.substring("s3:".length()));
        told.putObject("userIdentity").put("principalId", call.principal().name());
        ObjectNode s3 = told.putObject("s3");
        s3.put("s3SchemaVersion", "1.0");
        s3.put("configurationId", rule.id());
        ObjectNode of = s3.putObject("bucket");
        of.put("name", bucket.name());
        of.putObject("ownerIdentity").put("principalId", bucket.owner());
        of.put("arn", "arn:aws:s3:::" + bucket.name());
        ObjectNode object = s3.putObject("object");
        object.put("key", URLEncoder.encode(key, StandardCharsets.UTF_8));
        entry.ifPresent(
                one -> object.put("size", one.size()).put("eTag", one.etag().value()));
        version.filter(id -> !id.equals(VersionId.NULL)).ifPresent(id -> object.put("versionId", id.toString()));
        entry.ifPresent(one -> object.put("sequencer", Long.toHexString(one.sequence())));
        return document.toString();
    }
}
