package io.varve.app.server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a bucket's policy gives to single users, as far as it is said in two statements of a fixed form, one for those who read and one for
 * those who write, too. All other statements stay as they are, and so does one that bears the name of ours and says something else.
 * Stateless.
 */
final class BucketGrants {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String VERSION = "2012-10-17";
    private static final String STATEMENT = "Statement";
    private static final String USER_ARN = "arn:aws:iam::000000000000:user/";
    private static final String BUCKET_ARN = "arn:aws:s3:::";

    private static final List<String> READING = List.of(
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:GetBucketLocation",
            "s3:GetBucketVersioning",
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:GetObjectTagging",
            "s3:GetObjectVersionTagging");

    private static final List<String> WRITING = List.of(
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:PutObjectTagging",
            "s3:DeleteObjectTagging",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
            "s3:ListBucketMultipartUploads");

    /** What a user may do. */
    enum Right {
        /** See and read everything, also earlier versions. */
        READ("VarveReaders"),
        /** That, and store, move and delete files. */
        WRITE("VarveWriters");

        private final String sid;

        Right(String sid) {
            this.sid = sid;
        }

        private List<String> actions() {
            List<String> actions = new ArrayList<>(READING);
            if (this == WRITE) {
                actions.addAll(WRITING);
            }
            return actions;
        }
    }

    /**
     * What a policy says.
     *
     * @param users with their rights, by name
     * @param others whether there are statements of another form
     */
    record Grants(SortedMap<String, Right> users, boolean others) {}

    private BucketGrants() {}

    /** Reads a policy that is one; empty for a bucket without. */
    static Grants read(String bucket, Optional<String> policy) {
        SortedMap<String, Right> users = new TreeMap<>();
        boolean others = false;
        for (JsonNode statement : statements(policy)) {
            Optional<Right> right = rightOf(bucket, statement);
            if (right.isEmpty()) {
                others = true;
            } else {
                names(statement).forEach(name -> users.merge(name, right.get(), (a, b) -> a == Right.WRITE ? a : b));
            }
        }
        return new Grants(users, others);
    }

    /**
     * The policy that gives these users these rights, and for the rest says what it said before.
     *
     * @return empty if it would say nothing
     */
    static Optional<String> with(String bucket, Optional<String> policy, Map<String, Right> users) {
        ArrayNode kept = JSON.createArrayNode();
        for (JsonNode statement : statements(policy)) {
            if (rightOf(bucket, statement).isEmpty()) {
                kept.add(statement);
            }
        }
        for (Right right : Right.values()) {
            List<String> names = users.entrySet().stream()
                    .filter(user -> user.getValue() == right)
                    .map(Map.Entry::getKey)
                    .sorted()
                    .toList();
            if (!names.isEmpty()) {
                kept.add(statement(bucket, right, names));
            }
        }
        if (kept.isEmpty()) {
            return Optional.empty();
        }
        ObjectNode document = policy.isPresent()
                ? (ObjectNode) JSON.readTree(policy.get())
                : JSON.createObjectNode().put("Version", VERSION);
        document.set(STATEMENT, kept);
        return Optional.of(JSON.writeValueAsString(document));
    }

    private static List<JsonNode> statements(Optional<String> policy) {
        List<JsonNode> statements = new ArrayList<>();
        if (policy.isPresent()) {
            JsonNode listed = JSON.readTree(policy.get()).path(STATEMENT);
            (listed.isArray() ? listed : List.of(listed)).forEach(statements::add);
        }
        return statements;
    }

    /** The right that a statement gives if it is one of ours, to the letter. */
    private static Optional<Right> rightOf(String bucket, JsonNode statement) {
        for (Right right : Right.values()) {
            if (right.sid.equals(statement.path("Sid").asString(""))
                    && statement.equals(statement(bucket, right, names(statement)))) {
                return Optional.of(right);
            }
        }
        return Optional.empty();
    }

    private static List<String> names(JsonNode statement) {
        List<String> names = new ArrayList<>();
        statement.path("Principal").path("AWS").forEach(arn -> {
            String text = arn.asString("");
            names.add(text.startsWith(USER_ARN) ? text.substring(USER_ARN.length()) : "");
        });
        return names;
    }

    private static ObjectNode statement(String bucket, Right right, Collection<String> names) {
        ObjectNode statement = JSON.createObjectNode().put("Sid", right.sid).put("Effect", "Allow");
        ArrayNode users = statement.putObject("Principal").putArray("AWS");
        names.forEach(name -> users.add(USER_ARN + name));
        ArrayNode actions = statement.putArray("Action");
        right.actions().forEach(actions::add);
        statement.putArray("Resource").add(BUCKET_ARN + bucket).add(BUCKET_ARN + bucket + "/*");
        return statement;
    }
}
