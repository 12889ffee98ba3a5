package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.ObjectLock;
import io.varve.storage.namespace.Retention;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Usage;
import io.varve.storage.namespace.VersionLock;
import io.varve.storage.namespace.Versioning;
import io.varve.storage.namespace.WriteOptions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1/buckets}: buckets and their settings, as far as the caller may see them. */
@RestController
@RequestMapping("/api/v1/buckets")
class BucketsApi extends UserApi {
    private final Namespace namespace;

    /** A bucket to be made. */
    record NewBucket(@Nullable String name, @Nullable Boolean objectLock) {}

    /**
     * What new versions of a bucket with object lock get.
     *
     * @param mode {@code governance} or {@code compliance}; null for nothing
     */
    record LockInfo(@Nullable String mode, int days, int years) {
        static LockInfo of(ObjectLock lock) {
            return new LockInfo(
                    lock.mode()
                            .map(mode -> mode.name().toLowerCase(Locale.ROOT))
                            .orElse(null),
                    lock.days(),
                    lock.years());
        }
    }

    /**
     * What is to be other.
     *
     * @param versioning {@code enabled} or {@code suspended}; null for the same
     * @param lock that versions can be locked, and what new ones get; null for the same
     * @param quotaBytes what its current files may take together; negative for any amount, null for the same. Administrators only
     */
    record BucketChange(
            @Nullable String versioning,
            @Nullable LockInfo lock,
            @Nullable Long quotaBytes) {}

    /**
     * A bucket as told.
     *
     * @param files how many current files it holds
     * @param bytes the sum of their lengths
     * @param versioning {@code never}, {@code enabled} or {@code suspended}
     * @param lock what new versions get; null if versions cannot be locked
     * @param retention how long history is kept
     * @param ownRetention whether that is the bucket's own rule
     * @param quotaBytes what the files may take together; null for any amount
     * @param rights what the caller may do: {@code write}, {@code govern}, {@code delete}, {@code quota}
     */
    record BucketInfo(
            String name,
            String owner,
            Instant created,
            long files,
            long bytes,
            String versioning,
            @Nullable LockInfo lock,
            String retention,
            boolean ownRetention,
            @Nullable Long quotaBytes,
            List<String> rights) {}

    BucketsApi(StorageEngine engine) {
        super(engine.access());
        this.namespace = engine.namespace();
    }

    @GetMapping
    List<BucketInfo> list() {
        return namespace.buckets().stream()
                .filter(bucket -> allows(Action.LIST, EntryPath.root(bucket.name())))
                .map(this::info)
                .toList();
    }

    @GetMapping("/{name}")
    BucketInfo find(@PathVariable String name) {
        require(Action.LIST, EntryPath.root(name));
        return info(bucket(name));
    }

    @PostMapping
    ResponseEntity<BucketInfo> create(@RequestBody NewBucket wanted) {
        String name = wanted.name() == null ? "" : wanted.name();
        caller().note("bucket " + name);
        if (name.isEmpty()) {
            throw new HistoryApi.BadWordException("A bucket needs a name.");
        }
        require(Action.CREATE_BUCKET, EntryPath.root(name));
        Bucket made = namespace.createBucket(name, user().name());
        if (Boolean.TRUE.equals(wanted.objectLock())) {
            namespace.keyVersions().setObjectLock(name, ObjectLock.WITHOUT_DEFAULT);
            made = bucket(name);
        }
        return ResponseEntity.status(HttpStatus.CREATED).body(info(made));
    }

    @PatchMapping("/{name}")
    BucketInfo change(@PathVariable String name, @RequestBody BucketChange wanted) {
        EntryPath root = EntryPath.root(name);
        bucket(name);
        if (wanted.lock() != null) {
            require(Action.WRITE_OBJECT_LOCK, root);
            caller().note("object lock " + wanted.lock());
            namespace.keyVersions().setObjectLock(name, lock(wanted.lock()));
        }
        if (wanted.versioning() != null) {
            require(Action.WRITE_VERSIONING, root);
            caller().note("versioning " + wanted.versioning());
            namespace.keyVersions().setVersioning(name, versioning(wanted.versioning()));
        }
        if (wanted.quotaBytes() != null) {
            setQuota(name, wanted.quotaBytes());
        }
        return info(bucket(name));
    }

    /** Whoever owns a bucket shares the disk with others: how much of it is theirs, administrators say. */
    private void setQuota(String name, long bytes) {
        if (!isAdministrator()) {
            throw new ForbiddenException("Quotas are set by administrators, and '" + user().name() + "' is none.");
        }
        caller().note("quota " + (bytes < 0 ? "none" : bytes + " bytes"));
        namespace.quotas().set(name, bytes < 0 ? OptionalLong.empty() : OptionalLong.of(bytes));
    }

    @DeleteMapping("/{name}")
    ResponseEntity<?> delete(@PathVariable String name) {
        require(Action.DELETE_BUCKET, EntryPath.root(name));
        namespace.deleteBucket(name, WriteOptions.folders(user().name()));
        return ResponseEntity.noContent().build();
    }

    private static ObjectLock lock(LockInfo wanted) {
        if (wanted.mode() == null) {
            return ObjectLock.WITHOUT_DEFAULT;
        }
        try {
            VersionLock.Mode mode = VersionLock.Mode.valueOf(wanted.mode().toUpperCase(Locale.ROOT));
            return new ObjectLock(Optional.of(mode), wanted.days(), wanted.years());
        } catch (IllegalArgumentException e) {
            throw new HistoryApi.BadWordException(
                    "A lock has the mode governance or compliance, and either days or years above 0.");
        }
    }

    private static Versioning versioning(String text) {
        return switch (text) {
            case "enabled" -> Versioning.ENABLED;
            case "suspended" -> Versioning.SUSPENDED;
            default ->
                throw new HistoryApi.BadWordException(
                        "'" + text + "' is no state of versioning: give enabled or suspended.");
        };
    }

    private Bucket bucket(String name) {
        return namespace.findBucket(name).orElseThrow(() -> new StorageException.NoSuchBucket(name));
    }

    private BucketInfo info(Bucket bucket) {
        EntryPath root = EntryPath.root(bucket.name());
        Usage usage = namespace.usage(root);
        Retention.Rule rule = namespace.retention().of(bucket.name());
        List<String> rights = new ArrayList<>();
        if (allows(Action.WRITE, root)) {
            rights.add("write");
        }
        if (allows(Action.WRITE_VERSIONING, root)) {
            rights.add("govern");
        }
        if (allows(Action.DELETE_BUCKET, root)) {
            rights.add("delete");
        }
        if (isAdministrator()) {
            rights.add("quota");
        }
        return new BucketInfo(
                bucket.name(),
                bucket.owner(),
                bucket.created(),
                usage.files(),
                usage.bytes(),
                bucket.versioning().name().toLowerCase(Locale.ROOT),
                bucket.objectLock().map(LockInfo::of).orElse(null),
                rule.policy().toString(),
                rule.own(),
                bucket.quotaBytes().isPresent() ? bucket.quotaBytes().getAsLong() : null,
                rights);
    }
}
