package io.varve.storage.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A bucket policy (IAM user guide, "Policy evaluation logic" and "JSON policy elements"). What it cannot express as Amazon means it is
 * refused when it is put: an element that were ignored could open what it was written to close. Immutable.
 *
 * @param statements in the order of the document; a statement that denies wins over all that allow
 */
public record BucketPolicy(List<PolicyStatement> statements) {

    /** The longest document in bytes. */
    public static final int BYTES_MAX = 20 * 1024;

    private static final Set<String> VERSIONS = Set.of("2012-10-17", "2008-10-17");
    private static final Set<String> ELEMENTS = Set.of("Version", "Id", "Statement");
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** What a policy says of a request. */
    enum Verdict {
        ALLOWED,
        DENIED,
        NOTHING
    }

    public BucketPolicy {
        statements = List.copyOf(statements);
    }

    /**
     * Reads a policy.
     *
     * @param text the JSON document
     * @param bucket the bucket it is for; its resources must lie there
     * @throws IllegalArgumentException if it is none, with a sentence that says why
     */
    public static BucketPolicy parse(String text, String bucket) {
        return parse(text, statement -> PolicyStatement.parse(statement, bucket));
    }

    /** Reads the policy of a session, which is for its own user and for any bucket; otherwise as {@link #parse}. */
    static BucketPolicy parseOfSession(String text) {
        return parse(text, PolicyStatement::parseOfSession);
    }

    private static BucketPolicy parse(String text, Function<JsonNode, PolicyStatement> reader) {
        JsonNode document;
        try {
            document = JSON.readTree(text);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("Policies must be valid JSON and the first byte must be '{'", e);
        }
        if (!document.isObject()) {
            throw new IllegalArgumentException("Policies must be valid JSON and the first byte must be '{'");
        }
        for (var element : document.properties()) {
            if (!ELEMENTS.contains(element.getKey())) {
                throw new IllegalArgumentException("Unknown field " + element.getKey());
            }
        }
        JsonNode version = document.get("Version");
        if (version != null && !(version.isString() && VERSIONS.contains(version.asString()))) {
            throw new IllegalArgumentException("The policy must contain a valid version string");
        }
        JsonNode listed = document.get("Statement");
        if (listed == null) {
            throw new IllegalArgumentException("Missing required field Statement");
        }
        List<PolicyStatement> statements = new ArrayList<>();
        for (JsonNode statement : listed.isArray() ? listed : List.of(listed)) {
            statements.add(reader.apply(statement));
        }
        if (statements.isEmpty()) {
            throw new IllegalArgumentException("Could not parse the policy: Statement is empty!");
        }
        return new BucketPolicy(statements);
    }

    /**
     * Refuses what can be read and yet means nothing, as a misspelt action in a statement that denies. For policies that are put; those
     * that are kept stay as they are.
     *
     * @param bucket the bucket it is for
     * @throws IllegalArgumentException with a sentence that says what is wrong
     */
    public void requireMeaning(String bucket) {
        statements.forEach(statement -> statement.requireMeaning(bucket));
    }

    Verdict evaluate(PolicyRequest request) {
        boolean allowed = false;
        for (PolicyStatement statement : statements) {
            if (statement.applies(request)) {
                if (!statement.allow()) {
                    return Verdict.DENIED;
                }
                allowed = true;
            }
        }
        return allowed ? Verdict.ALLOWED : Verdict.NOTHING;
    }

    /**
     * What it says of everything whose key begins with the request's, taken together: denied if something may be, allowed if everything
     * surely is.
     */
    Verdict evaluateBelow(PolicyRequest request) {
        if (mayDenyBelow(request)) {
            return Verdict.DENIED;
        }
        boolean allowed =
                statements.stream().anyMatch(statement -> statement.allow() && statement.appliesToAllBelow(request));
        return allowed ? Verdict.ALLOWED : Verdict.NOTHING;
    }

    /** Whether something below a key may be denied: conditions are taken to hold. */
    boolean mayDenyBelow(PolicyRequest request) {
        return statements.stream().anyMatch(statement -> !statement.allow() && statement.mayApplyBelow(request));
    }

    /** Whether it gives something to everybody (user guide, "The meaning of 'public'"). */
    public boolean isPublic() {
        return statements.stream().anyMatch(PolicyStatement::isPublic);
    }

    /** Whether a decision needs to know the tags of the object. */
    boolean asksForTags() {
        return statements.stream().anyMatch(PolicyStatement::asksForTags);
    }
}
