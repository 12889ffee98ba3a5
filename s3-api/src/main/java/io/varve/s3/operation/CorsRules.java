package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.xml.XmlElement;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which web pages may use a bucket (user guide, "Using cross-origin resource sharing").
 *
 * @param rules in the order they are asked
 */
record CorsRules(List<Rule> rules) {

    private static final int RULES_MAX = 100;
    /** A token (RFC 9110, section 5.6.2), of which the star is a character. */
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    private static final Set<String> METHODS = Set.of("GET", "PUT", "POST", "DELETE", "HEAD");

    CorsRules {
        rules = List.copyOf(rules);
    }

    /**
     * One rule.
     *
     * @param origins patterns of origins, each with one {@code *} at most
     * @param methods the methods it allows
     * @param headers patterns of request headers, lower case
     * @param exposed the answer's headers that a page may read
     * @param maxAge how long a browser may remember the rule, in seconds
     */
    record Rule(
            List<String> origins,
            List<String> methods,
            List<String> headers,
            List<String> exposed,
            Optional<Long> maxAge) {
        Rule {
            origins = List.copyOf(origins);
            methods = List.copyOf(methods);
            headers = List.copyOf(headers);
            exposed = List.copyOf(exposed);
        }

        /** Whether every page may use it, so that none need be named. */
        boolean isForAll() {
            return origins.contains("*");
        }

        private boolean allows(String origin, String method, List<String> requestHeaders) {
            return methods.contains(method)
                    && origins.stream().anyMatch(pattern -> matches(pattern, origin))
                    && requestHeaders.stream()
                            .allMatch(header -> headers.stream().anyMatch(pattern -> matches(pattern, header)));
        }
    }

    /**
     * Reads the document.
     *
     * @throws S3Exception {@code MalformedXML}, or {@code InvalidRequest} for a rule that cannot be
     */
    static CorsRules parse(byte[] document) {
        List<XmlElement> rules = XmlElement.parse(document, "CORSConfiguration").children("CORSRule");
        if (rules.isEmpty() || rules.size() > RULES_MAX) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        return new CorsRules(rules.stream().map(CorsRules::rule).toList());
    }

    private static Rule rule(XmlElement element) {
        List<String> origins = texts(element, "AllowedOrigin");
        List<String> methods = texts(element, "AllowedMethod");
        List<String> headers = texts(element, "AllowedHeader").stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
        if (origins.isEmpty() || methods.isEmpty()) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        for (String method : methods) {
            if (!METHODS.contains(method)) {
                throw new S3Exception(
                        S3Error.INVALID_REQUEST,
                        "Found unsupported HTTP method in CORS config. Unsupported method is " + method);
            }
        }
        requireOneStar("AllowedOrigin", origins);
        requireOneStar("AllowedHeader", headers);
        List<String> exposed = texts(element, "ExposeHeader");
        Optional<Long> maxAge = element.childText("MaxAgeSeconds").map(CorsRules::seconds);
        return new Rule(origins, methods, headers, exposed, maxAge);
    }

    private static void requireOneStar(String element, List<String> patterns) {
        for (String pattern : patterns) {
            if (pattern.indexOf('*') != pattern.lastIndexOf('*')) {
                throw new S3Exception(
                        S3Error.INVALID_REQUEST, element + " \"" + pattern + "\" can not have more than one wildcard.");
            }
        }
    }

    /**
     * Refuses what Amazon refuses to put and older documents may say.
     *
     * @throws S3Exception {@code InvalidRequest} for what can be no name of a header
     */
    void requireNames() {
        for (Rule rule : rules) {
            for (String name : rule.exposed()) {
                if (name.indexOf('*') >= 0) {
                    throw new S3Exception(
                            S3Error.INVALID_REQUEST,
                            "ExposeHeader \"" + name
                                    + "\" contains wildcard. We currently do not support wildcard for ExposeHeader.");
                }
            }
            requireNames("AllowedHeader", rule.headers());
            requireNames("ExposeHeader", rule.exposed());
        }
    }

    private static void requireNames(String element, List<String> names) {
        for (String name : names) {
            if (!NAME.matcher(name).matches()) {
                throw new S3Exception(
                        S3Error.INVALID_REQUEST, element + " \"" + name + "\" contains invalid character.");
            }
        }
    }

    private static long seconds(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            throw new S3Exception(S3Error.MALFORMED_XML, S3Error.MALFORMED_XML.message(), e);
        }
    }

    private static List<String> texts(XmlElement rule, String name) {
        return rule.children(name).stream().map(child -> child.text().strip()).toList();
    }

    /** The first rule that lets a page of that origin do that. */
    Optional<Rule> find(String origin, String method, List<String> requestHeaders) {
        return rules.stream()
                .filter(rule -> rule.allows(origin, method, requestHeaders))
                .findFirst();
    }

    private static boolean matches(String pattern, String text) {
        int star = pattern.indexOf('*');
        return star < 0
                ? pattern.equals(text)
                : text.length() >= pattern.length() - 1
                        && text.startsWith(pattern.substring(0, star))
                        && text.endsWith(pattern.substring(star + 1));
    }
}
