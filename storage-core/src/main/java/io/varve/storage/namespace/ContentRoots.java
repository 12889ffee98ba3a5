package io.varve.storage.namespace;

import io.varve.storage.chunkstore.Content;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every content that the namespace holds a reference on, once per reference: current entries, history, parts of uploads. One
 * thread; must be closed.
 */
public final class ContentRoots implements AutoCloseable {
    private final MetadataView view;
    private final Deque<Family> families = new ArrayDeque<>(List.of(Family.NOW, Family.PAST, Family.PARTS));
    private @Nullable Family family;
    private @Nullable Cursor cursor;
    private Content content = Content.EMPTY;

    public ContentRoots(MetadataView view) {
        this.view = view;
    }

    /** Moves to the next one; false if there is none. */
    public boolean next() throws IOException {
        while (true) {
            Family current = family;
            Cursor open = cursor;
            if (current != null && open != null) {
                if (open.next()) {
                    content = contentOf(current, open);
                    return true;
                }
                open.close();
            }
            family = families.poll();
            if (family == null) {
                cursor = null;
                return false;
            }
            cursor = view.scan(family, new byte[0], null);
        }
    }

    /** The content {@link #next} moved to. */
    public Content content() {
        return content;
    }

    private static Content contentOf(Family family, Cursor at) throws IOException {
        return switch (family) {
            case NOW -> EntryRow.decode(at.value()).content();
            case PAST -> PastRow.decode(at.value()).row().content();
            default -> Uploads.decodePart(at.key(), at.value()).content();
        };
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
        }
    }
}
