package io.varve.storage.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * One statement of a policy.
 *
 * @param allow whether it allows or denies
 * @param principals patterns of users: a name, {@code *} for everybody, {@code +} for everybody with a key
 * @param notPrincipals whether it is for all others
 * @param actions patterns of actions, lower case
 * @param notActions whether it is for all others
 * @param resources patterns of resources, without {@code arn:aws:s3:::}
 * @param notResources whether it is for all others
 * @param conditions what must hold, all of it
 */
record PolicyStatement(
        boolean allow,
        List<String> principals,
        boolean notPrincipals,
        List<String> actions,
        boolean notActions,
        List<String> resources,
        boolean notResources,
        List<PolicyCondition> conditions) {

    private static final String ARN = "arn:aws:s3:::";
    private static final Set<String> ELEMENTS = Set.of(
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)}");

    PolicyStatement {
        principals = List.copyOf(principals);
        actions = List.copyOf(actions);
        resources = List.copyOf(resources);
        conditions = List.copyOf(conditions);
    }

    static PolicyStatement parse(JsonNode statement, String bucket) {
        requireForm(statement);
        List<String> principals = principals(either(statement, "Principal"));
        List<String> actions = actions(statement);
        if (!actions.stream().allMatch(action -> action.equals("*") || action.startsWith("s3:"))) {
            throw new IllegalArgumentException("Policy has invalid action");
        }
        return parse(statement, principals, actions, arn -> resource(arn, bucket));
    }

    /** A statement of a session's policy is about whose session it is; it may speak of other services, which are not here. */
    static PolicyStatement parseOfSession(JsonNode statement) {
        requireForm(statement);
        if (statement.has("Principal") || statement.has("NotPrincipal")) {
            throw new IllegalArgumentException("Policy document should not specify a principal.");
        }
        return parse(statement, List.of("*"), actions(statement), PolicyStatement::resource);
    }

    private static PolicyStatement parse(
            JsonNode statement, List<String> principals, List<String> actions, UnaryOperator<String> resource) {
        List<String> resources = new ArrayList<>();
        for (String arn : texts(either(statement, "Resource"), "Resource")) {
            resources.add(resource.apply(arn));
        }
        return new PolicyStatement(
                statement.get("Effect").asString().equals("Allow"),
                principals,
                statement.has("NotPrincipal"),
                actions,
                statement.has("NotAction"),
                resources,
                statement.has("NotResource"),
                PolicyCondition.parse(statement.get("Condition")));
    }

    private static List<String> actions(JsonNode statement) {
        return texts(either(statement, "Action"), "Action").stream()
                .map(action -> action.toLowerCase(Locale.ROOT))
                .toList();
    }

    private static void requireForm(JsonNode statement) {
        if (!statement.isObject()) {
            throw new IllegalArgumentException("A statement must be an object");
        }
        for (var element : statement.properties()) {
            if (!ELEMENTS.contains(element.getKey())) {
                throw new IllegalArgumentException("Unknown field " + element.getKey());
            }
        }
        JsonNode effect = statement.get("Effect");
        if (effect == null || !effect.isString() || !Set.of("Allow", "Deny").contains(effect.asString())) {
            throw new IllegalArgumentException("Invalid effect : " + effect);
        }
    }

    private static JsonNode either(JsonNode statement, String name) {
        JsonNode plain = statement.get(name);
        JsonNode negated = statement.get("Not" + name);
        if ((plain == null) == (negated == null)) {
            throw new IllegalArgumentException("A statement must have either " + name + " or Not" + name);
        }
        return plain == null ? negated : plain;
    }

    private static String resource(String arn, String bucket) {
        String resource = arn.startsWith(ARN) ? arn.substring(ARN.length()) : "";
        int slash = resource.indexOf('/');
        String of = slash < 0 ? resource : resource.substring(0, slash);
        if (of.isEmpty() || !(Wildcards.matches(of, bucket) || Wildcards.canMatchBelow(of, bucket + "/"))) {
            throw new IllegalArgumentException("Policy has invalid resource");
        }
        return resource;
    }

    private static String resource(String arn) {
        if (!arn.equals("*") && !arn.startsWith("arn:")) {
            throw new IllegalArgumentException("Policy has invalid resource");
        }
        return arn.startsWith(ARN) ? arn.substring(ARN.length()) : arn;
    }

    private static List<String> principals(JsonNode node) {
        if (node.isString() && node.asString().equals("*")) {
            return List.of("*");
        }
        if (!node.isObject() || node.isEmpty()) {
            throw new IllegalArgumentException("Invalid principal in policy");
        }
        List<String> names = new ArrayList<>();
        for (var kind : node.properties()) {
            for (String text : texts(kind.getValue(), "Principal")) {
                names.add(
                        switch (kind.getKey()) {
                            case "AWS", "CanonicalUser" -> principal(text);
                            default ->
                                throw new IllegalArgumentException("Invalid principal in policy: there are users only");
                        });
            }
        }
        return names;
    }

    /** A user is named plainly, or as the end of an ARN; the account is this server, whatever its number. */
    private static String principal(String text) {
        int user = text.indexOf(":user/");
        if (text.startsWith("arn:") && user >= 0) {
            return text.substring(text.lastIndexOf('/') + 1);
        }
        if (text.startsWith("arn:") && text.endsWith(":root")) {
            return "+";
        }
        if (text.isEmpty() || text.startsWith("arn:") || (text.contains("*") && !text.equals("*"))) {
            throw new IllegalArgumentException("Invalid principal in policy");
        }
        return text;
    }

    static List<String> texts(JsonNode node, String what) {
        List<String> texts = new ArrayList<>();
        for (JsonNode one : node.isArray() ? node : List.of(node)) {
            if (one.isObject() || one.isArray() || one.isNull()) {
                throw new IllegalArgumentException("Invalid value in " + what);
            }
            texts.add(one.asString());
        }
        if (texts.isEmpty()) {
            throw new IllegalArgumentException(what + " must not be empty");
        }
        return texts;
    }

    /**
     * Refuses what could only be a mistake: an action that does not exist, or that concerns nothing the statement names.
     *
     * @param bucket the bucket that the policy is for
     * @throws IllegalArgumentException with a sentence that says what is wrong
     */
    void requireMeaning(String bucket) {
        if (allow && notPrincipals) {
            throw new IllegalArgumentException("Allow with NotPrincipal is not allowed.");
        }
        boolean buckets = notResources || resources.stream().anyMatch(pattern -> Wildcards.matches(pattern, bucket));
        boolean objects =
                notResources || resources.stream().anyMatch(pattern -> Wildcards.canMatchBelow(pattern, bucket + "/"));
        for (String action : actions) {
            boolean ofBuckets = PolicyActions.ofBuckets(action);
            boolean ofObjects = PolicyActions.ofObjects(action);
            if (!ofBuckets && !ofObjects) {
                throw new IllegalArgumentException("Policy has invalid action");
            }
            if (!notActions && !(ofBuckets && buckets) && !(ofObjects && objects)) {
                throw new IllegalArgumentException("Action does not apply to any resource(s) in statement");
            }
        }
    }

    boolean applies(PolicyRequest request) {
        return concerns(request)
                && resources.stream()
                                .anyMatch(pattern -> Wildcards.matches(expanded(pattern, request), request.resource()))
                        != notResources
                && conditions.stream().allMatch(condition -> condition.holds(request));
    }

    /** Whether it could apply to something whose key begins with the request's. */
    boolean mayApplyBelow(PolicyRequest request) {
        return concerns(request)
                && (notResources
                        || resources.stream()
                                .anyMatch(pattern ->
                                        Wildcards.canMatchBelow(expanded(pattern, request), request.resource())));
    }

    /** Whether it surely applies to everything whose key begins with the request's: not if there are conditions, which look at each. */
    boolean appliesToAllBelow(PolicyRequest request) {
        return concerns(request)
                && !notResources
                && conditions.isEmpty()
                && resources.stream()
                        // What a variable stands for at the end is no star of the pattern's.
                        .anyMatch(pattern -> pattern.endsWith("*")
                                && Wildcards.matchesAllBelow(expanded(pattern, request), request.resource()));
    }

    private boolean concerns(PolicyRequest request) {
        return principals.stream().anyMatch(name -> means(name, request.user())) != notPrincipals
                && actions.stream()
                                .anyMatch(pattern -> Wildcards.matches(
                                        pattern, request.action().policyName()))
                        != notActions;
    }

    private static boolean means(String name, String user) {
        return name.equals("*") || (!user.isEmpty() && (name.equals("+") || name.equals(user)));
    }

    /** A policy variable stands for a value of the request; what the request does not have fits nothing. */
    static String expanded(String pattern, PolicyRequest request) {
        if (!pattern.contains("${")) {
            return pattern;
        }
        Matcher matcher = VARIABLE.matcher(pattern);
        StringBuilder out = new StringBuilder();
        while (matcher.find()) {
            String name = matcher.group(1);
            String value = name.length() == 1 && "*?$".contains(name)
                    ? name
                    : request.context().get(name).orElse("\0");
            matcher.appendReplacement(out, Matcher.quoteReplacement(value));
        }
        return matcher.appendTail(out).toString();
    }

    boolean isPublic() {
        boolean everybody = notPrincipals || principals.contains("*");
        return allow && everybody && conditions.stream().noneMatch(PolicyCondition::narrows);
    }

    boolean asksForTags() {
        return conditions.stream().anyMatch(PolicyCondition::asksForTags);
    }
}
