package io.varve.webdav.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The value of {@code If-Match} or {@code If-None-Match} (RFC 9110 section 13.1).
 *
 * @param any whether it is {@code *}
 * @param tags the tags otherwise
 */
public record EntityTagList(boolean any, List<Tag> tags) {

    /**
     * One entity tag.
     *
     * @param weak whether it was marked {@code W/}
     * @param value what stands between the quotes
     */
    public record Tag(boolean weak, String value) {

        /**
         * Reads a lone tag, as in {@code If-Range}; empty if the text is none.
         *
         * @param text a tag with its quotes
         */
        public static Optional<Tag> parse(String text) {
            Scanner scanner = new Scanner(text.strip());
            Optional<Tag> tag = scanner.tag();
            return scanner.atEnd() ? tag : Optional.empty();
        }
    }

    public EntityTagList {
        tags = List.copyOf(tags);
    }

    /**
     * Reads the header.
     *
     * @throws WireException 400 if it is neither {@code *} nor a list of quoted tags
     */
    public static EntityTagList parse(String header) {
        String text = header.strip();
        if (text.equals("*")) {
            return new EntityTagList(true, List.of());
        }
        List<Tag> tags = new ArrayList<>();
        Scanner scanner = new Scanner(text);
        while (true) {
            scanner.skipSeparators();
            if (scanner.atEnd()) {
                break;
            }
            tags.add(scanner.tag()
                    .orElseThrow(() -> WireException.malformed("'" + header + "' is no list of entity tags.")));
        }
        if (tags.isEmpty()) {
            throw WireException.malformed("A conditional header needs an entity tag or '*'.");
        }
        return new EntityTagList(false, tags);
    }

    /**
     * Strong comparison (RFC 9110 section 8.8.3.2): a weak tag equals nothing.
     *
     * @param exists whether there is a current representation, which is all that {@code *} asks
     * @param etag its tag, without quotes; empty if it has none
     */
    public boolean matchesStrongly(boolean exists, Optional<String> etag) {
        return any ? exists : tags.stream().anyMatch(tag -> !tag.weak() && isTag(tag, etag));
    }

    /** Weak comparison: as {@link #matchesStrongly}, but the mark {@code W/} plays no part. */
    public boolean matchesWeakly(boolean exists, Optional<String> etag) {
        return any ? exists : tags.stream().anyMatch(tag -> isTag(tag, etag));
    }

    private static boolean isTag(Tag tag, Optional<String> etag) {
        return etag.isPresent() && etag.get().equals(tag.value());
    }

    private static final class Scanner {

        private final String text;
        private int at;

        Scanner(String text) {
            this.text = text;
        }

        boolean atEnd() {
            return at == text.length();
        }

        void skipSeparators() {
            while (at < text.length() && ", \t".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        Optional<Tag> tag() {
            boolean weak = text.startsWith("W/", at);
            int open = weak ? at + 2 : at;
            int close = open < text.length() && text.charAt(open) == '"' ? text.indexOf('"', open + 1) : -1;
            if (close < 0) {
                return Optional.empty();
            }
            at = close + 1;
            return Optional.of(new Tag(weak, text.substring(open + 1, close)));
        }
    }
}
