package io.varve.webdav.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The {@code If} header (RFC 4918 section 10.4): alternatives of which one must hold, each a list of
 * conditions that must all hold for one resource.
 *
 * <pre>
 * If            = 1*No-tag-list / 1*Tagged-list
 * No-tag-list   = List
 * Tagged-list   = Resource-Tag 1*List
 * List          = "(" 1*Condition ")"
 * Condition     = ["Not"] ( "&lt;" URI "&gt;" / "[" entity-tag "]" )
 * Resource-Tag  = "&lt;" URI or path "&gt;"
 * </pre>
 *
 * @param lists the alternatives
 */
public record IfHeader(List<StateList> lists) {

    /**
     * One alternative.
     *
     * @param resource the tag as it stands in the header; empty: the resource of the request
     * @param conditions what must hold together
     */
    public record StateList(Optional<String> resource, List<Condition> conditions) {
        public StateList {
            conditions = List.copyOf(conditions);
        }
    }

    /** Something that is or is not so of a resource. */
    public sealed interface Condition {

        /** Whether the condition is that it is not so. */
        boolean negated();
    }

    /**
     * The resource is locked with a token.
     *
     * @param token the lock token; {@code DAV:no-lock} names none
     */
    public record Token(boolean negated, String token) implements Condition {}

    /** The resource's content has a tag. */
    public record Tagged(boolean negated, EntityTagList.Tag tag) implements Condition {}

    /**
     * What is so of a resource.
     *
     * @param etag the tag of its content, without quotes; empty if it has none or does not exist
     * @param lockTokens the tokens of the locks that cover it
     */
    public record ResourceState(Optional<String> etag, Set<String> lockTokens) {

        /** Of a resource nothing is known of: it is another server's, or does not exist. */
        public static final ResourceState UNKNOWN = new ResourceState(Optional.empty(), Set.of());

        public ResourceState {
            lockTokens = Set.copyOf(lockTokens);
        }

        private boolean meets(Condition condition) {
            boolean is = switch (condition) {
                case Token token -> lockTokens.contains(token.token());
                case Tagged tagged ->
                    etag.isPresent() && etag.get().equals(tagged.tag().value());
            };
            return is != condition.negated();
        }
    }

    public IfHeader {
        lists = List.copyOf(lists);
    }

    /**
     * Reads the header.
     *
     * @throws WireException 400 if it breaks the grammar
     */
    public static IfHeader parse(String header) {
        return new Parser(header).parse();
    }

    /**
     * Whether one of the alternatives holds.
     *
     * @param states gives the state of a named resource, or of the request's own for an empty name; asked
     *     only as far as needed
     */
    public boolean holds(Function<Optional<String>, ResourceState> states) {
        for (StateList list : lists) {
            ResourceState state = states.apply(list.resource());
            if (list.conditions().stream().allMatch(state::meets)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The lock tokens this header submits. By RFC 4918 section 10.4.1 every token in the header counts,
     * whether or not its list decided the matter.
     */
    public Set<String> submittedTokens() {
        return lists.stream()
                .flatMap(list -> list.conditions().stream())
                .filter(Token.class::isInstance)
                .map(condition -> ((Token) condition).token())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static final class Parser {

        private final String text;
        private int at;

        Parser(String text) {
            this.text = text;
        }

        IfHeader parse() {
            List<StateList> lists = new ArrayList<>();
            skipBlanks();
            boolean tagged = peek() == '<';
            while (at < text.length()) {
                Optional<String> resource = tagged ? Optional.of(until('<', '>')) : Optional.empty();
                do {
                    lists.add(new StateList(resource, conditions()));
                } while (peek() == '(');
            }
            if (lists.isEmpty()) {
                throw malformed("it is empty");
            }
            return new IfHeader(lists);
        }

        private List<Condition> conditions() {
            expect('(');
            List<Condition> conditions = new ArrayList<>();
            while (peek() != ')') {
                boolean negated = text.regionMatches(true, at, "Not", 0, 3);
                if (negated) {
                    at += 3;
                    skipBlanks();
                }
                conditions.add(peek() == '[' ? new Tagged(negated, entityTag()) : new Token(negated, until('<', '>')));
            }
            expect(')');
            if (conditions.isEmpty()) {
                throw malformed("a list has no condition");
            }
            return conditions;
        }

        private EntityTagList.Tag entityTag() {
            int quote = text.indexOf('"', at);
            int end = quote < 0 ? -1 : text.indexOf('"', quote + 1);
            if (end < 0) {
                throw malformed("an entity tag has no quotes");
            }
            String tag = text.substring(at + 1, end + 1);
            at = end + 1;
            skipBlanks();
            expect(']');
            return EntityTagList.Tag.parse(tag).orElseThrow(() -> malformed("'" + tag + "' is no entity tag"));
        }

        private String until(char open, char close) {
            expect(open);
            int end = text.indexOf(close, at);
            if (end <= at) {
                throw malformed("'" + open + "' is not followed by an address and '" + close + "'");
            }
            String inside = text.substring(at, end);
            at = end + 1;
            skipBlanks();
            return inside;
        }

        private void expect(char c) {
            if (peek() != c) {
                throw malformed("'" + c + "' is missing at character " + at);
            }
            at++;
            skipBlanks();
        }

        /** The next character, or NUL at the end. */
        private char peek() {
            return at < text.length() ? text.charAt(at) : '\0';
        }

        private void skipBlanks() {
            while (peek() == ' ' || peek() == '\t') {
                at++;
            }
        }

        private static WireException malformed(String what) {
            return WireException.malformed("The If header is malformed: " + what + ".");
        }
    }
}
