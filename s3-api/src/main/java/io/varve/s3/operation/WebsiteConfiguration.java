package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.xml.XmlElement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How a bucket is a website (API reference, PutBucketWebsite).
 *
 * @param index what stands for a folder; empty only where everything is redirected
 * @param error the key of the page for errors; empty for none
 * @param all where everything is redirected to; empty if the bucket answers itself
 * @param rules further redirects, asked in their order
 */
record WebsiteConfiguration(String index, Optional<String> error, Optional<Redirect> all, List<Rule> rules) {

    private static final int RULES_MAX = 50;
    private static final int MOVED = 301;
    private static final Set<String> PROTOCOLS = Set.of("http", "https");

    WebsiteConfiguration {
        rules = List.copyOf(rules);
    }

    /**
     * Where to.
     *
     * @param protocol empty for that of the request
     * @param host empty for that of the request
     * @param status 301 to 308
     * @param prefix what takes the place of the rule's prefix
     * @param key what takes the place of the whole key
     */
    record Redirect(
            Optional<String> protocol,
            Optional<String> host,
            int status,
            Optional<String> prefix,
            Optional<String> key) {}

    /**
     * A redirect under a condition.
     *
     * @param prefix what keys begin with
     * @param status the answer that it takes the place of; 0 for any, without looking
     */
    record Rule(String prefix, int status, Redirect redirect) {

        /** The key that a request for one of the rule's keys is to ask for instead. */
        String target(String key) {
            return redirect.key()
                    .or(() -> redirect.prefix().map(instead -> instead + key.substring(prefix.length())))
                    .orElse(key);
        }
    }

    /** The rule for a key before it is looked up (status 0), or for the error that it would be answered with. */
    Optional<Rule> rule(String key, int status) {
        return rules.stream()
                .filter(rule -> rule.status() == status && key.startsWith(rule.prefix()))
                .findFirst();
    }

    /**
     * Reads a document.
     *
     * @throws S3Exception if it is none
     */
    static WebsiteConfiguration parse(byte[] document) {
        XmlElement xml = XmlElement.parse(document, "WebsiteConfiguration");
        Optional<Redirect> all =
                child(xml, "RedirectAllRequestsTo").map(element -> redirect(element, required(element, "HostName")));
        Optional<String> index = child(xml, "IndexDocument").map(element -> required(element, "Suffix"));
        Optional<String> error = child(xml, "ErrorDocument").map(element -> required(element, "Key"));
        List<Rule> rules = new ArrayList<>();
        for (XmlElement element : child(xml, "RoutingRules")
                .map(list -> list.children("RoutingRule"))
                .orElse(List.of())) {
            rules.add(rule(element));
        }
        boolean alone = index.isEmpty() && error.isEmpty() && rules.isEmpty();
        if (all.isPresent() ? !alone : index.isEmpty()) {
            throw malformed();
        }
        if (index.filter(suffix -> suffix.contains("/")).isPresent()) {
            throw S3Exception.invalidArgument(
                    "IndexDocument", index.get(), "The IndexDocument Suffix is not well formed");
        }
        if (rules.size() > RULES_MAX) {
            throw new S3Exception(S3Error.INVALID_REQUEST, "At most " + RULES_MAX + " routing rules are allowed.");
        }
        return new WebsiteConfiguration(index.orElse(""), error, all, rules);
    }

    private static Rule rule(XmlElement element) {
        XmlElement to = child(element, "Redirect").orElseThrow(WebsiteConfiguration::malformed);
        Optional<XmlElement> when = child(element, "Condition");
        String prefix = when.flatMap(one -> text(one, "KeyPrefixEquals")).orElse("");
        int status = when.flatMap(one -> text(one, "HttpErrorCodeReturnedEquals"))
                .map(text -> number(text, 400, 599))
                .orElse(0);
        Redirect redirect = redirect(to, text(to, "HostName").orElse(""));
        if (redirect.key().isPresent() && redirect.prefix().isPresent()) {
            throw malformed();
        }
        return new Rule(prefix, status, redirect);
    }

    private static Redirect redirect(XmlElement element, String host) {
        Optional<String> protocol = text(element, "Protocol");
        if (protocol.isPresent() && !PROTOCOLS.contains(protocol.get())) {
            throw new S3Exception(
                    S3Error.INVALID_REQUEST,
                    "Invalid protocol, protocol can be http or https. If not defined the protocol"
                            + " will be selected automatically.");
        }
        return new Redirect(
                protocol,
                Optional.of(host).filter(name -> !name.isEmpty()),
                text(element, "HttpRedirectCode")
                        .map(text -> number(text, MOVED, 308))
                        .orElse(MOVED),
                element.childText("ReplaceKeyPrefixWith"),
                text(element, "ReplaceKeyWith"));
    }

    private static int number(String text, int min, int max) {
        try {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException ignored) {
            // The same answer as for a number out of range.
        }
        throw S3Exception.invalidArgument("HttpRedirectCode", text, "The provided HTTP code is not valid.");
    }

    private static Optional<XmlElement> child(XmlElement element, String name) {
        return element.children(name).stream().findFirst();
    }

    private static Optional<String> text(XmlElement element, String name) {
        return element.childText(name).map(String::strip).filter(text -> !text.isEmpty());
    }

    private static String required(XmlElement element, String name) {
        return text(element, name).orElseThrow(WebsiteConfiguration::malformed);
    }

    private static S3Exception malformed() {
        return new S3Exception(S3Error.MALFORMED_XML);
    }
}
