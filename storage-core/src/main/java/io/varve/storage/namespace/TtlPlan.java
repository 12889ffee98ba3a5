package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files of a bucket whose time to live has ended: what the next round of background work deletes, unless somebody locks them.
 *
 * @param files how many there are
 * @param bytes the sum of their lengths; they become history, so the disk gets nothing back yet
 * @param deletions the first of them
 */
public record TtlPlan(long files, long bytes, List<PlannedDeletion> deletions) {

    /**
     * A file that would be deleted.
     *
     * @param due since when
     * @param why which time to live has ended, in words
     */
    public record PlannedDeletion(EntryPath path, Instant due, long bytes, String why) {}

    static TtlPlan of(MetadataView view, String bucket, long now, int listedMax) throws IOException {
        BucketRow row = new Tree(view).requireBucket(bucket);
        Search search = new Search(bucket, now, listedMax);
        search.own(view);
        List<TtlRule> rules = DueIndex.rules(view, row.scope());
        for (int i = 0; i < rules.size(); i++) {
            search.covered(view, row.rootDirectory(), rules.get(i), rules.subList(0, i));
        }
        return new TtlPlan(search.files, search.bytes, List.copyOf(search.deletions));
    }

    private static final class Search {
        private static final int PAGE_KEYS = 1000;

        private final String bucket;
        private final long now;
        private final int listedMax;
        private final List<PlannedDeletion> deletions = new ArrayList<>();
        private long files;
        private long bytes;

        Search(String bucket, long now, int listedMax) {
            this.bucket = bucket;
            this.now = now;
            this.listedMax = listedMax;
        }

        void own(MetadataView view) throws IOException {
            try (Cursor cursor = view.scan(Family.DUE, DueIndex.first(), DueIndex.behind(now))) {
                while (cursor.next()) {
                    byte[] nowKey = DueIndex.nowKeyOf(cursor.key());
                    byte[] value = view.get(Family.NOW, nowKey);
                    Optional<DueIndex.Place> place = DueIndex.locate(view, NameKeys.directoryOf(nowKey));
                    long due = DueIndex.dueOf(cursor.key());
                    if (value != null
                            && place.isPresent()
                            && place.get().path().bucket().equals(bucket)) {
                        EntryRow row = EntryRow.decode(value);
                        EntryPath path = place.get().path().child(NameKeys.text(NameKeys.nameBytesOf(nowKey)));
                        if (row.due() == due) {
                            add(path, due, row.content().length(), "its own time to live has ended");
                        }
                    }
                }
            }
        }

        /** @param told rules whose files were told already */
        void covered(MetadataView view, long root, TtlRule rule, List<TtlRule> told) throws IOException {
            ListPage page;
            String after = "";
            do {
                page = new KeyLister(view, bucket, new ListQuery(rule.prefix(), "", after, PAGE_KEYS)).list(root);
                for (ListPage.Item item : page.items()) {
                    if (item instanceof ListPage.Key key
                            && !key.entry().isDirectory()
                            && rule.due(key.entry().sequence()) <= now
                            && !isTold(key.entry(), told)) {
                        Entry entry = key.entry();
                        String why = "written " + rule.ageText() + " ago or earlier, under '" + rule.prefix() + "'";
                        add(entry.path(), rule.due(entry.sequence()), entry.size(), why);
                    }
                }
                after = page.next();
            } while (page.truncated());
        }

        private boolean isTold(Entry entry, List<TtlRule> told) {
            return entry.expires().filter(own -> EntryRow.micros(own) <= now).isPresent()
                    || told.stream()
                            .anyMatch(rule -> rule.covers(entry.path().key()) && rule.due(entry.sequence()) <= now);
        }

        private void add(EntryPath path, long due, long length, String why) {
            files++;
            bytes += length;
            if (deletions.size() < listedMax) {
                deletions.add(new PlannedDeletion(path, EntryRow.instant(due), length, why));
            }
        }
    }
}
