package io.varve.s3.request;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the signer of a form allows to be uploaded with it (API reference, "Creating an HTML form", "POST policy").
 *
 * @param expiration when the form ends
 * @param conditions what its fields must be
 * @param bytesMin the least length of the file
 * @param bytesMax the most
 */
public record PostPolicy(Instant expiration, List<Condition> conditions, long bytesMin, long bytesMax) {

    /**
     * A condition on one field.
     *
     * @param field the field's name, lower case
     * @param prefix whether the value is only the beginning
     * @param value what it must be, or begin with
     */
    public record Condition(String field, boolean prefix, String value) {}

    /** Fields that no condition need name. */
    private static final Set<String> FREE = Set.of("x-amz-signature", "file", "policy", "signature", "awsaccesskeyid");

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    public PostPolicy {
        conditions = List.copyOf(conditions);
    }

    /**
     * Reads a policy.
     *
     * @param base64 as it is in the form
     * @throws S3Exception {@code InvalidPolicyDocument}
     */
    public static PostPolicy parse(String base64) {
        JsonNode document;
        try {
            document = JSON.readTree(new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8));
        } catch (JacksonException | IllegalArgumentException e) {
            throw invalid("it is no JSON in base64");
        }
        if (!document.isObject()
                || !document.has("expiration")
                || !document.path("conditions").isArray()) {
            throw invalid("it needs expiration and conditions");
        }
        List<Condition> conditions = new ArrayList<>();
        long bytesMin = 0;
        long bytesMax = Long.MAX_VALUE;
        for (JsonNode condition : document.get("conditions")) {
            if (condition.isObject() && !condition.isEmpty()) {
                for (var pair : condition.properties()) {
                    conditions.add(new Condition(pair.getKey().toLowerCase(Locale.ROOT), false, text(pair.getValue())));
                }
            } else if (condition.isArray() && condition.size() == 3) {
                String operator = text(condition.get(0)).toLowerCase(Locale.ROOT);
                if (operator.equals("content-length-range")) {
                    bytesMin = Math.max(bytesMin, number(condition.get(1)));
                    bytesMax = Math.min(bytesMax, number(condition.get(2)));
                } else {
                    conditions.add(compared(operator, text(condition.get(1)), text(condition.get(2))));
                }
            } else {
                throw invalid("a condition is neither an object with a field nor a list of three");
            }
        }
        return new PostPolicy(expiration(document.get("expiration")), conditions, bytesMin, bytesMax);
    }

    private static Condition compared(String operator, String field, String value) {
        if (!field.startsWith("$") || !(operator.equals("eq") || operator.equals("starts-with"))) {
            throw invalid("'" + operator + "' is no condition");
        }
        return new Condition(field.substring(1).toLowerCase(Locale.ROOT), operator.equals("starts-with"), value);
    }

    private static Instant expiration(JsonNode node) {
        try {
            return OffsetDateTime.parse(text(node)).toInstant();
        } catch (DateTimeException e) {
            throw invalid("its expiration is no time");
        }
    }

    private static String text(JsonNode node) {
        if (!node.isString()) {
            throw invalid("a text is expected instead of " + node);
        }
        return node.asString();
    }

    private static long number(JsonNode node) {
        try {
            return Long.parseLong(node.asString());
        } catch (NumberFormatException e) {
            throw invalid("content-length-range needs two numbers");
        }
    }

    private static S3Exception invalid(String why) {
        return new S3Exception(S3Error.INVALID_POLICY_DOCUMENT, "Invalid Policy: " + why + ".");
    }

    /**
     * Checks a form against the policy.
     *
     * @param fields the form's fields before the file, names in lower case, and {@code bucket}
     * @param now the time
     * @throws S3Exception {@code AccessDenied} that says what does not fit
     */
    public void check(Map<String, String> fields, Instant now) {
        if (!now.isBefore(expiration)) {
            throw denied("Policy expired.");
        }
        Set<String> named = new HashSet<>(FREE);
        for (Condition condition : conditions) {
            named.add(condition.field());
            String value = fields.getOrDefault(condition.field(), "");
            boolean fits = condition.prefix() ? isBegun(condition, value) : value.equals(condition.value());
            if (!fits) {
                throw denied("Policy Condition failed: [\"" + (condition.prefix() ? "starts-with" : "eq") + "\", \"$"
                        + condition.field() + "\", \"" + condition.value() + "\"]");
            }
        }
        for (String field : fields.keySet()) {
            if (!named.contains(field) && !field.startsWith("x-ignore-")) {
                throw denied("Extra input fields: " + field);
            }
        }
    }

    /** Of a type, which may be a list, each must begin so. */
    private static boolean isBegun(Condition condition, String value) {
        if (!condition.field().equals("content-type")) {
            return value.startsWith(condition.value());
        }
        for (String type : value.split(",", -1)) {
            if (!type.strip().startsWith(condition.value())) {
                return false;
            }
        }
        return true;
    }

    private static S3Exception denied(String why) {
        return new S3Exception(S3Error.ACCESS_DENIED, "Invalid according to Policy: " + why);
    }
}
