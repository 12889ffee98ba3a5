package io.varve.s3.operation;

import io.varve.storage.namespace.Attributes;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which events of a bucket are told (user guide, "Amazon S3 Event Notifications").
 *
 * @param kind the element it stood in, without {@code Configuration}: Queue, Topic or CloudFunction
 * @param id its name
 * @param arn where events go, as it was given
 * @param events names of events, some with a star at the end
 * @param prefix what keys begin with
 * @param suffix what keys end with
 */
record NotificationRule(String kind, String id, String arn, List<String> events, String prefix, String suffix) {

    /** The setting of a bucket with its rules, one a line. */
    static final String SETTING = Attributes.SETTING + "notifications";

    private static final String FIELD = "&";
    private static final int FIELDS = 6;

    NotificationRule {
        events = List.copyOf(events);
    }

    boolean covers(String event, String key) {
        return key.startsWith(prefix)
                && key.endsWith(suffix)
                && events.stream()
                        .anyMatch(wanted -> wanted.endsWith("*")
                                ? event.startsWith(wanted.substring(0, wanted.length() - 1))
                                : event.equals(wanted));
    }

    static String toText(List<NotificationRule> rules) {
        StringBuilder text = new StringBuilder();
        for (NotificationRule rule : rules) {
            text.append(String.join(
                            FIELD,
                            coded(rule.kind),
                            coded(rule.id),
                            coded(rule.arn),
                            coded(String.join(",", rule.events)),
                            coded(rule.prefix),
                            coded(rule.suffix)))
                    .append('\n');
        }
        return text.toString();
    }

    private static String coded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The rules of a bucket. */
    static List<NotificationRule> of(Attributes settings) {
        List<NotificationRule> rules = new ArrayList<>();
        settings.get(SETTING).stream().flatMap(String::lines).forEach(line -> {
            String[] fields = line.split(FIELD, FIELDS);
            for (int i = 0; i < fields.length; i++) {
                fields[i] = URLDecoder.decode(fields[i], StandardCharsets.UTF_8);
            }
            rules.add(new NotificationRule(
                    fields[0], fields[1], fields[2], Arrays.asList(fields[3].split(",", -1)), fields[4], fields[5]));
        });
        return rules;
    }
}
