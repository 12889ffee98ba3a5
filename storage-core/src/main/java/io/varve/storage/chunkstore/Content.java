package io.varve.storage.chunkstore;

import java.util.List;

/**
 * The bytes of one version, as the root of its manifest tree: a short list of children, each a
 * chunk or a page of further children. However large the content, its root stays small, so copying,
 * moving or restoring it touches a handful of reference counts and no bytes.
 *
 * @param children at most {@link #CHILDREN_MAX}, in the content's order
 */
public record Content(List<ManifestChild> children) {

    /** The most children of a root; more go into pages, which are chunks themselves. */
    public static final int CHILDREN_MAX = 16;

    /** No bytes. */
    public static final Content EMPTY = new Content(List.of());

    public Content {
        children = List.copyOf(children);
        if (children.size() > CHILDREN_MAX) {
            throw new IllegalArgumentException(children.size() + " children in a content root");
        }
    }

    /** The length in bytes. */
    public long length() {
        long sum = 0;
        for (ManifestChild child : children) {
            sum += child.length();
        }
        return sum;
    }
}
