package io.varve.storage.chunkstore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Grows a manifest tree from its leaves: children go in at the bottom, full pages come out and become children one level up.
 * Holds one unfinished page per level, however long the content. One thread.
 */
final class ManifestBuilder {
    /** Where finished pages go. */
    @FunctionalInterface
    interface PageSink {
        /**
         * Stores a page.
         *
         * @param children the page's list
         * @return the page as a child of the next level
         */
        ManifestChild store(List<ManifestChild> children) throws IOException;
    }

    private final PageSink sink;
    private final List<List<ManifestChild>> levels = new ArrayList<>();

    ManifestBuilder(PageSink sink) {
        this.sink = sink;
    }

    void append(ManifestChild child) throws IOException {
        append(0, child);
    }

    private void append(int level, ManifestChild child) throws IOException {
        if (level == levels.size()) {
            levels.add(new ArrayList<>());
        }
        List<ManifestChild> open = levels.get(level);
        open.add(child);
        if (ManifestPage.cutsAfter(child, open.size())) {
            close(level);
        }
    }

    private void close(int level) throws IOException {
        List<ManifestChild> children = List.copyOf(levels.get(level));
        levels.get(level).clear();
        append(level + 1, sink.store(children));
    }

    /** Ends the tree: pages are closed from the bottom up until what is left fits a root. */
    Content finish() throws IOException {
        for (int level = 0; openChildren() > Content.CHILDREN_MAX; level++) {
            if (levels.get(level).size() > 1) {
                close(level);
            } else if (levels.get(level).size() == 1) {
                // A page of one child would only add a step to every read.
                ManifestChild lone = levels.get(level).removeFirst();
                append(level + 1, lone);
            }
        }
        List<ManifestChild> root = new ArrayList<>();
        for (List<ManifestChild> level : levels.reversed()) {
            root.addAll(level);
        }
        return new Content(root);
    }

    private int openChildren() {
        return levels.stream().mapToInt(List::size).sum();
    }
}
