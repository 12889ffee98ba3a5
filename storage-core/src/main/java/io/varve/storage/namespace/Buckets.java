package io.varve.storage.namespace;

import io.varve.storage.commit.Commit;
import io.varve.storage.commit.Committer;
import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.namespace.PastRow.Cause;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Making, removing and listing buckets. Thread-safe. */
final class Buckets {
    private final Committer committer;
    private final TreeChanges changes;
    private final Uploads uploads;

    Buckets(Committer committer, TreeChanges changes, Uploads uploads) {
        this.committer = committer;
        this.changes = changes;
        this.uploads = uploads;
    }

    Bucket create(String name, String owner, Attributes settings, Optional<ObjectLock> lock) throws IOException {
        PathRules.requireSmall(settings, Attributes.SETTINGS_BYTES_MAX);
        PathRules.requireSmall(settings.only(Attributes.PROPERTY));
        Attributes all = lock.isEmpty() ? settings : withLock(settings, lock.get());
        return committer.commit(commit -> {
            TreeEdit edit = changes.edit(commit);
            Optional<BucketRow> present = edit.bucket(name);
            if (present.isPresent()) {
                throw new StorageException.BucketExists(name, present.get().owner());
            }
            BucketRow row = BucketRow.created(edit.newDirectoryId(), commit.sequence(), owner)
                    .withSettings(all);
            commit.put(Family.BUCKETS, NameKeys.bucket(name), row.encode());
            changes.beginHistory(commit, row);
            return row.named(name);
        });
    }

    boolean delete(String name, WriteOptions options) throws IOException {
        boolean leavesUploads = committer.commit(commit -> {
            TreeEdit edit = changes.edit(commit);
            BucketRow row = edit.requireBucket(name);
            EntryPath root = EntryPath.root(name);
            changes.locks().requireUnlocked(commit, root, LockTable.Touch.TREE, options);
            if (!edit.isEmpty(row.rootDirectory()) || VersionTree.keptCount(commit, row.scope()) > 0) {
                throw new StorageException.BucketNotEmpty(name);
            }
            changes.locks().endLocks(commit, root);
            boolean more = uploads.ended().endAll(commit, name);
            edit.forgetUsage(row.rootDirectory());
            edit.retireRoot(name, row, Cause.VANISHED);
            if (row.retention(changes.serverDefault()).isNone()) {
                commit.delete(Family.SYSTEM, HorizonRow.key(row.scope()));
                DueIndex.forgetRules(commit, row.scope());
            }
            commit.delete(Family.BUCKETS, NameKeys.bucket(name));
            return more;
        });
        if (leavesUploads) {
            uploads.ended().endUploadsOf(name);
        }
        return true;
    }

    static Attributes settingsOfDoors(BucketRow row) {
        SortedMap<String, String> found = new TreeMap<>();
        for (var setting : row.settings().withPrefix(Attributes.SETTING).entrySet()) {
            found.put(Attributes.SETTING + setting.getKey(), setting.getValue());
        }
        return Attributes.of(found);
    }

    boolean changeSettings(String name, UnaryOperator<Attributes> change) throws IOException {
        return committer.commit(commit -> {
            BucketRow row = changes.edit(commit).requireBucket(name);
            Attributes before = settingsOfDoors(row);
            Attributes after = change.apply(before);
            PathRules.requireSmall(after, Attributes.SETTINGS_BYTES_MAX);
            SortedMap<String, String> all = new TreeMap<>(row.settings().values());
            all.keySet().removeAll(before.values().keySet());
            all.putAll(after.values());
            commit.put(
                    Family.BUCKETS,
                    NameKeys.bucket(name),
                    row.withSettings(Attributes.of(all)).encode());
            return true;
        });
    }

    boolean setVersioning(String name, Versioning versioning) throws IOException {
        return committer.commit(commit -> {
            BucketRow row = changes.edit(commit).requireBucket(name);
            if (row.objectLock().isPresent() && versioning != Versioning.ENABLED) {
                throw new StorageException.InvalidTarget(
                        "The bucket '" + name + "' has object lock, so it keeps versioning.");
            }
            put(commit, name, row.withSettings(row.settings().with(BucketRow.VERSIONING, versioning.text())));
            return true;
        });
    }

    boolean setObjectLock(String name, ObjectLock lock) throws IOException {
        return committer.commit(commit -> {
            BucketRow row = changes.edit(commit).requireBucket(name);
            put(commit, name, row.withSettings(withLock(row.settings(), lock)));
            return true;
        });
    }

    boolean setQuota(String name, OptionalLong bytes) throws IOException {
        return committer.commit(commit -> {
            BucketRow row = changes.edit(commit).requireBucket(name);
            Attributes settings = bytes.isPresent()
                    ? row.settings().with(BucketRow.QUOTA, Long.toString(bytes.getAsLong()))
                    : row.settings().without(BucketRow.QUOTA);
            put(commit, name, row.withSettings(settings));
            return true;
        });
    }

    private static Attributes withLock(Attributes settings, ObjectLock lock) {
        return settings.with(BucketRow.OBJECT_LOCK, lock.text()).with(BucketRow.VERSIONING, Versioning.ENABLED.text());
    }

    private static void put(Commit commit, String name, BucketRow row) {
        commit.put(Family.BUCKETS, NameKeys.bucket(name), row.encode());
    }

    List<Bucket> list() throws IOException {
        List<Bucket> buckets = new ArrayList<>();
        try (Cursor cursor = committer.view().scan(Family.BUCKETS, new byte[0], null)) {
            while (cursor.next()) {
                String name = new String(cursor.key(), StandardCharsets.UTF_8);
                buckets.add(BucketRow.decode(cursor.value()).named(name));
            }
        }
        return buckets;
    }
}
