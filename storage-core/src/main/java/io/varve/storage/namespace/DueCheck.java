package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Checks that {@link DueIndex} and the files it names agree: a file with a time to live is filed under it and can be found, and nothing else
 * is filed. Only a file in a deleted folder may be filed no longer once its time has come. One thread.
 */
public final class DueCheck {
    private final MetadataView view;
    private final long reached;
    private final Consumer<String> findings;

    /**
     * Prepares a check.
     *
     * @param reached the newest commit in the view
     * @param findings gets a sentence for everything that is wrong
     */
    public DueCheck(MetadataView view, long reached, Consumer<String> findings) {
        this.view = view;
        this.reached = reached;
        this.findings = findings;
    }

    /** Runs the check: once through what is filed, and once through all current rows. */
    public void run() throws IOException {
        try (Cursor cursor = DueIndex.files(view)) {
            while (cursor.next()) {
                byte[] nowKey = DueIndex.nowKeyOf(cursor.key());
                byte[] value = view.get(Family.NOW, nowKey);
                if (value == null || EntryRow.decode(value).due() != DueIndex.dueOf(cursor.key())) {
                    findings.accept("A time to live is filed for " + named(nowKey) + ", which has another or none.");
                }
            }
        }
        try (Cursor cursor = view.scan(Family.NOW, new byte[0], null)) {
            while (cursor.next()) {
                EntryRow row = EntryRow.decode(cursor.value());
                if (row.due() != RetentionPolicy.NEVER) {
                    check(cursor.key(), row.due());
                }
            }
        }
    }

    private void check(byte[] nowKey, long due) throws IOException {
        long directory = NameKeys.directoryOf(nowKey);
        byte[] name = NameKeys.nameBytesOf(nowKey);
        boolean filed = view.get(Family.DUE, DueIndex.dueKey(due, directory, name)) != null;
        Optional<DueIndex.Place> place = DueIndex.locate(view, directory);
        if (!filed && (due > reached || place.isPresent())) {
            findings.accept("The time to live of " + named(nowKey) + " is not filed.");
        } else if (filed && DueIndex.lacksPlace(view, directory)) {
            findings.accept("Nothing leads to " + named(nowKey) + ", which has a time to live.");
        }
    }

    private String named(byte[] nowKey) throws IOException {
        String name = NameKeys.text(NameKeys.nameBytesOf(nowKey));
        long directory = NameKeys.directoryOf(nowKey);
        return DueIndex.locate(view, directory)
                .map(place -> "'" + place.path().child(name) + "'")
                .orElseGet(() -> "'" + name + "' in directory " + directory);
    }
}
