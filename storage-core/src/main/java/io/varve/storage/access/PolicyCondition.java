package io.varve.storage.access;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One condition of a statement: a key of the request's context compared with values (IAM user guide, "Condition operators").
 *
 * @param operator how it is compared
 * @param ifExists whether it holds if the request does not have the key
 * @param key the key, in lower case
 * @param values of which one must fit; of a negated operator none may
 */
record PolicyCondition(Operator operator, boolean ifExists, String key, List<String> values) {

    private static final String IF_EXISTS = "IfExists";

    /** The comparisons; what begins with NOT is the negation of the one before it. */
    enum Operator {
        STRING_EQUALS("StringEquals"),
        STRING_NOT_EQUALS("StringNotEquals"),
        STRING_EQUALS_IGNORE_CASE("StringEqualsIgnoreCase"),
        STRING_NOT_EQUALS_IGNORE_CASE("StringNotEqualsIgnoreCase"),
        STRING_LIKE("StringLike"),
        STRING_NOT_LIKE("StringNotLike"),
        NUMERIC_EQUALS("NumericEquals"),
        NUMERIC_NOT_EQUALS("NumericNotEquals"),
        NUMERIC_LESS_THAN("NumericLessThan"),
        NUMERIC_LESS_THAN_EQUALS("NumericLessThanEquals"),
        NUMERIC_GREATER_THAN("NumericGreaterThan"),
        NUMERIC_GREATER_THAN_EQUALS("NumericGreaterThanEquals"),
        DATE_EQUALS("DateEquals"),
        DATE_NOT_EQUALS("DateNotEquals"),
        DATE_LESS_THAN("DateLessThan"),
        DATE_LESS_THAN_EQUALS("DateLessThanEquals"),
        DATE_GREATER_THAN("DateGreaterThan"),
        DATE_GREATER_THAN_EQUALS("DateGreaterThanEquals"),
        BOOL("Bool"),
        IP_ADDRESS("IpAddress"),
        NOT_IP_ADDRESS("NotIpAddress"),
        NULL("Null");

        private final String text;

        Operator(String text) {
            this.text = text;
        }

        private static Optional<Operator> of(String text) {
            for (Operator operator : values()) {
                if (operator.text.equals(text)) {
                    return Optional.of(operator);
                }
            }
            return Optional.empty();
        }

        private boolean isNegated() {
            return switch (this) {
                case STRING_NOT_EQUALS,
                        STRING_NOT_EQUALS_IGNORE_CASE,
                        STRING_NOT_LIKE,
                        NUMERIC_NOT_EQUALS,
                        DATE_NOT_EQUALS,
                        NOT_IP_ADDRESS -> true;
                default -> false;
            };
        }
    }

    /** The keys that doors fill; a condition on any other could never be what its author meant. */
    private static final Set<String> KEYS = Set.of(
            "aws:currenttime",
            "aws:epochtime",
            "aws:principaltype",
            "aws:referer",
            "aws:securetransport",
            "aws:sourceip",
            "aws:useragent",
            "aws:userid",
            "aws:username",
            "s3:authtype",
            "s3:delimiter",
            "s3:if-match",
            "s3:if-none-match",
            "s3:max-keys",
            "s3:objectcreationoperation",
            "s3:prefix",
            "s3:signatureversion",
            "s3:versionid",
            "s3:x-amz-acl",
            "s3:x-amz-content-sha256",
            "s3:x-amz-copy-source",
            "s3:x-amz-grant-full-control",
            "s3:x-amz-grant-read",
            "s3:x-amz-grant-read-acp",
            "s3:x-amz-grant-write",
            "s3:x-amz-grant-write-acp",
            "s3:x-amz-metadata-directive",
            "s3:x-amz-server-side-encryption",
            "s3:x-amz-server-side-encryption-aws-kms-key-id",
            "s3:x-amz-server-side-encryption-customer-algorithm",
            "s3:x-amz-storage-class");

    /** The beginnings of keys that go on with a tag's key. */
    static final String EXISTING_TAG = "s3:existingobjecttag/";

    private static final String REQUEST_TAG = "s3:requestobjecttag/";

    /** Keys by which a statement for everybody is not public. */
    private static final Set<String> NARROWING = Set.of("aws:sourceip", "aws:username", "aws:userid");

    PolicyCondition {
        values = List.copyOf(values);
    }

    static List<PolicyCondition> parse(@Nullable JsonNode node) {
        List<PolicyCondition> conditions = new ArrayList<>();
        if (node == null) {
            return conditions;
        }
        if (!node.isObject()) {
            throw new IllegalArgumentException("Conditions must be an object");
        }
        for (var block : node.properties()) {
            String name = block.getKey();
            boolean ifExists = name.endsWith(IF_EXISTS);
            String plain = ifExists ? name.substring(0, name.length() - IF_EXISTS.length()) : name;
            Operator operator = Operator.of(plain)
                    .filter(known -> !(ifExists && known == Operator.NULL))
                    .orElseThrow(() -> new IllegalArgumentException("Invalid Condition type : " + name));
            if (!block.getValue().isObject()) {
                throw new IllegalArgumentException("Conditions must be an object");
            }
            for (var pair : block.getValue().properties()) {
                conditions.add(condition(operator, ifExists, pair.getKey(), pair.getValue()));
            }
        }
        return conditions;
    }

    private static PolicyCondition condition(Operator operator, boolean ifExists, String name, JsonNode value) {
        String key = RequestContext.normal(name);
        if (!KEYS.contains(key) && !key.startsWith(EXISTING_TAG) && !key.startsWith(REQUEST_TAG)) {
            throw new IllegalArgumentException("Policy has an invalid condition key");
        }
        List<String> values = PolicyStatement.texts(value, "Condition");
        for (String text : values) {
            boolean legal = switch (operator) {
                case BOOL, NULL -> text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false");
                case IP_ADDRESS, NOT_IP_ADDRESS -> AddressRange.parse(text).isPresent();
                case NUMERIC_EQUALS,
                        NUMERIC_NOT_EQUALS,
                        NUMERIC_LESS_THAN,
                        NUMERIC_LESS_THAN_EQUALS,
                        NUMERIC_GREATER_THAN,
                        NUMERIC_GREATER_THAN_EQUALS -> number(text).isPresent();
                case DATE_EQUALS,
                        DATE_NOT_EQUALS,
                        DATE_LESS_THAN,
                        DATE_LESS_THAN_EQUALS,
                        DATE_GREATER_THAN,
                        DATE_GREATER_THAN_EQUALS -> date(text).isPresent();
                default -> true;
            };
            if (!legal) {
                throw new IllegalArgumentException("Invalid value in a condition on " + name + ": " + text);
            }
        }
        return new PolicyCondition(operator, ifExists, key, values);
    }

    /** Whether it holds. A key that the request does not have fits no value, and every negated one. */
    boolean holds(PolicyRequest request) {
        Optional<String> actual = request.context().get(key);
        if (operator == Operator.NULL) {
            return values.stream().anyMatch(value -> value.equalsIgnoreCase("true") == actual.isEmpty());
        }
        if (actual.isEmpty()) {
            return ifExists || operator.isNegated();
        }
        boolean fits = values.stream()
                .map(value -> PolicyStatement.expanded(value, request))
                .anyMatch(value -> fits(actual.get(), value));
        return fits != operator.isNegated();
    }

    private boolean fits(String actual, String value) {
        return switch (operator) {
            case STRING_EQUALS, STRING_NOT_EQUALS -> actual.equals(value);
            case STRING_EQUALS_IGNORE_CASE, STRING_NOT_EQUALS_IGNORE_CASE, BOOL -> actual.equalsIgnoreCase(value);
            case STRING_LIKE, STRING_NOT_LIKE -> Wildcards.matches(value, actual);
            case IP_ADDRESS, NOT_IP_ADDRESS ->
                AddressRange.parse(value)
                        .filter(range -> range.contains(actual))
                        .isPresent();
            case NUMERIC_EQUALS, NUMERIC_NOT_EQUALS -> compared(number(actual), number(value), Set.of(0));
            case NUMERIC_LESS_THAN -> compared(number(actual), number(value), Set.of(-1));
            case NUMERIC_LESS_THAN_EQUALS -> compared(number(actual), number(value), Set.of(-1, 0));
            case NUMERIC_GREATER_THAN -> compared(number(actual), number(value), Set.of(1));
            case NUMERIC_GREATER_THAN_EQUALS -> compared(number(actual), number(value), Set.of(1, 0));
            case DATE_EQUALS, DATE_NOT_EQUALS -> compared(date(actual), date(value), Set.of(0));
            case DATE_LESS_THAN -> compared(date(actual), date(value), Set.of(-1));
            case DATE_LESS_THAN_EQUALS -> compared(date(actual), date(value), Set.of(-1, 0));
            case DATE_GREATER_THAN -> compared(date(actual), date(value), Set.of(1));
            case DATE_GREATER_THAN_EQUALS -> compared(date(actual), date(value), Set.of(1, 0));
            case NULL -> false;
        };
    }

    private static <T extends Comparable<? super T>> boolean compared(
            Optional<T> actual, Optional<T> value, Set<Integer> signs) {
        return actual.isPresent()
                && value.isPresent()
                && signs.contains(Integer.signum(actual.get().compareTo(value.get())));
    }

    private static Optional<BigDecimal> number(String text) {
        try {
            return text.length() > 30 ? Optional.empty() : Optional.of(new BigDecimal(text));
        } catch (NumberFormatException ignored) {
            return Optional.empty();
        }
    }

    /** ISO 8601, or seconds since 1970. */
    private static Optional<Instant> date(String text) {
        try {
            return Optional.of(
                    text.length() <= 12 && text.chars().allMatch(c -> c >= '0' && c <= '9') && !text.isEmpty()
                            ? Instant.ofEpochSecond(Long.parseLong(text))
                            : OffsetDateTime.parse(text.toUpperCase(Locale.ROOT))
                                    .toInstant());
        } catch (DateTimeException ignored) {
            return Optional.empty();
        }
    }

    /** Whether it keeps a statement for everybody from being public: it names addresses or users, and not all of them. */
    boolean narrows() {
        return NARROWING.contains(key)
                && !operator.isNegated()
                && operator != Operator.NULL
                && !ifExists
                && values.stream().noneMatch(value -> value.contains("*") || value.endsWith("/0"));
    }

    boolean asksForTags() {
        return key.startsWith(EXISTING_TAG);
    }
}
