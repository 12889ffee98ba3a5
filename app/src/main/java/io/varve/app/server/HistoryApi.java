package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Moments;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PastView;
import io.varve.storage.namespace.Precondition;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.RestorePlan;
import io.varve.storage.namespace.Restores;
import io.varve.storage.namespace.Retention;
import io.varve.storage.namespace.RetentionPlan;
import io.varve.storage.namespace.RetentionPolicy;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Version;
import io.varve.storage.namespace.WriteOptions;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/}: {@code history}, {@code at}, {@code restore} and {@code retention}. For administrators only; errors are problem documents
 * (RFC 9457). Paths are {@code bucket/key}; a folder's ends with a slash.
 */
@RestController
@RequestMapping("/api/v1")
class HistoryApi extends AdministratorApi {
    /** The most that one answer lists. */
    private static final int LISTED_MAX = 1000;

    private static final String PRINCIPAL = "operator";

    private final StorageEngine engine;
    private final Namespace namespace;

    /** Versions of a path; {@code next} is what to give as {@code before} for older ones. */
    record Versions(
            String path,
            List<VersionInfo> versions,
            @Nullable Instant next) {}

    /** A version of a path. */
    record VersionInfo(
            Instant from, @Nullable Instant to, String fate, boolean folder, long size, String etag, Instant modified) {
        static VersionInfo of(Version version) {
            Entry entry = version.entry();
            return new VersionInfo(
                    version.from(),
                    version.to().orElse(null),
                    version.fate().name().toLowerCase(Locale.ROOT),
                    entry.isDirectory(),
                    entry.size(),
                    entry.etag().value(),
                    entry.modified());
        }
    }

    /** A folder at a moment; {@code next} is what to give as {@code after} for more. */
    record Listing(
            Instant moment,
            String path,
            List<EntryInfo> entries,
            @Nullable String next) {}

    /** Something in a folder. */
    record EntryInfo(String name, boolean folder, long size, Instant modified, String etag) {
        static EntryInfo of(String name, Entry entry) {
            return new EntryInfo(
                    name,
                    entry.isDirectory(),
                    entry.size(),
                    entry.modified(),
                    entry.etag().value());
        }
    }

    /**
     * What is to be restored.
     *
     * @param path what it was called then; a file, or a folder or bucket
     * @param at the moment
     * @param to where it goes; null: where it was
     * @param overwrite whether something there may be replaced; null: yes
     * @param dryRun whether only to say what would change
     * @param lockTokens locks that are held
     */
    record RestoreOrder(
            String path,
            String at,
            @Nullable String to,
            @Nullable Boolean overwrite,
            @Nullable Boolean dryRun,
            @Nullable Set<String> lockTokens) {}

    /** What restoring a file did. */
    record Restored(String path, boolean created, long size, String etag) {}

    /** A bucket's rule; of the server's own, the bucket is null. */
    record RuleInfo(
            @Nullable String bucket,
            String policy,
            boolean own,
            @Nullable Instant wholeSince) {
        static RuleInfo of(String bucket, Retention.Rule rule) {
            return new RuleInfo(bucket, rule.policy().toString(), rule.own(), rule.wholeSince());
        }
    }

    /** All rules. */
    record Rules(String serverDefault, List<RuleInfo> buckets) {}

    /** A rule to be set or tried. */
    record RuleOrder(String policy) {}

    /** What a rule would let go. */
    record PlanInfo(
            String policy,
            long keptVersions,
            long keptBytes,
            long endedVersions,
            long endedBytes,
            List<PlannedEndInfo> endings) {
        static PlanInfo of(RetentionPlan plan) {
            return new PlanInfo(
                    plan.policy().toString(),
                    plan.keptVersions(),
                    plan.keptBytes(),
                    plan.endedVersions(),
                    plan.endedBytes(),
                    plan.endings().stream()
                            .map(end -> new PlannedEndInfo(
                                    end.path().toString(), end.from(), end.to(), end.bytes(), end.why()))
                            .toList());
        }
    }

    /** A version that would go. */
    record PlannedEndInfo(String path, Instant from, Instant to, long bytes, String why) {}

    /** What a restore would change. */
    record RestorePlanInfo(
            long created, long replaced, long removed, long unchanged, long bytes, List<PlannedChangeInfo> changes) {
        static RestorePlanInfo of(RestorePlan plan) {
            return new RestorePlanInfo(
                    plan.created(),
                    plan.replaced(),
                    plan.removed(),
                    plan.unchanged(),
                    plan.bytes(),
                    plan.changes().stream()
                            .map(change -> new PlannedChangeInfo(
                                    change.kind().name().toLowerCase(Locale.ROOT),
                                    change.path().toString(),
                                    change.bytes()))
                            .toList());
        }
    }

    /** A path that would change. */
    record PlannedChangeInfo(String kind, String path, long bytes) {}

    /** A word of the request cannot be used. */
    static final class BadWordException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BadWordException(String message) {
            super(message);
        }
    }

    HistoryApi(StorageEngine engine, OperatorLogin login) {
        super(login);
        this.engine = engine;
        this.namespace = engine.namespace();
    }

    @GetMapping("/history")
    Versions history(
            @RequestParam String path,
            @RequestParam(required = false) @Nullable String before,
            @RequestParam(defaultValue = "100") int limit) {
        EntryPath asked = path(path);
        int count = Math.clamp(limit, 1, LISTED_MAX);
        Instant newest = before == null ? Instant.MAX : moment(before);
        List<Version> versions = namespace.versions(asked, newest, count);
        if (versions.isEmpty() && !asked.isDirectory()) {
            versions = namespace.versions(asked.asDirectory(), newest, count);
        }
        if (versions.isEmpty() && before == null) {
            throw new StorageException.NoSuchEntry(asked);
        }
        return new Versions(
                versions.isEmpty() ? path : versions.getFirst().entry().path().toString(),
                versions.stream().map(VersionInfo::of).toList(),
                versions.size() < count ? null : versions.getLast().from());
    }

    @GetMapping("/at")
    Listing list(
            @RequestParam String moment,
            @RequestParam(defaultValue = "") String path,
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "1000") int limit) {
        PastView past = namespace.at(moment(moment));
        if (path.isEmpty()) {
            List<EntryInfo> buckets = new ArrayList<>();
            for (Bucket bucket : past.buckets()) {
                past.find(EntryPath.root(bucket.name()))
                        .ifPresent(root -> buckets.add(EntryInfo.of(bucket.name() + "/", root)));
            }
            return new Listing(past.moment(), "", buckets, null);
        }
        EntryPath folder = path(path).asDirectory();
        List<EntryInfo> entries = new ArrayList<>();
        int count = Math.clamp(limit, 1, LISTED_MAX);
        DirectoryStream children = past.children(folder, after);
        String next = null;
        while (children.hasNext() && entries.size() < count) {
            Entry child = children.next();
            next = child.path().key().substring(folder.key().length());
            entries.add(EntryInfo.of(next, child));
        }
        return new Listing(past.moment(), folder.toString(), entries, children.hasNext() ? next : null);
    }

    @PostMapping("/restore")
    ResponseEntity<?> restore(
            @RequestBody RestoreOrder order,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch)
            throws IOException {
        PastView past = namespace.at(moment(order.at()));
        EntryPath asked = path(order.path());
        EntryPath source = past.resolve(asked)
                .orElseThrow(() -> new StorageException.NoSuchEntry(asked))
                .path();
        EntryPath target = order.to() == null ? source : path(order.to());
        EntryPath placed = source.isDirectory() ? target.asDirectory() : target;
        if (placed.isRoot() && !source.isDirectory()) {
            throw new BadWordException("'" + order.to() + "' is a bucket: name the file in it.");
        }
        Restores.Request request = new Restores.Request(source, placed, !Boolean.FALSE.equals(order.overwrite()), true);
        Restores restores = namespace.restores();
        if (Boolean.TRUE.equals(order.dryRun())) {
            return ResponseEntity.ok(RestorePlanInfo.of(restores.plan(past, request, LISTED_MAX)));
        }
        WriteOptions options = WriteOptions.folders(PRINCIPAL)
                .holding(order.lockTokens() == null ? Set.of() : order.lockTokens())
                .when(matching(ifMatch));
        if (source.isDirectory()) {
            return ResponseEntity.accepted().body(engine.jobs().restore(restores, past, request, options));
        }
        PutResult result = restores.restore(past, request, options, ignored -> {});
        Entry entry = result.entry();
        return ResponseEntity.ok(new Restored(
                entry.path().toString(),
                result.created(),
                entry.size(),
                entry.etag().value()));
    }

    /** What is there must have that entity tag; an asterisk: something must be there. */
    private static Precondition matching(@Nullable String ifMatch) {
        if (ifMatch == null) {
            return Precondition.NONE;
        }
        return current -> {
            boolean holds = current.isPresent()
                    && (ifMatch.equals("*")
                            || ifMatch.equals(current.get().etag().quoted()));
            if (!holds) {
                throw new StorageException.PreconditionFailed("What is there is not what If-Match names.");
            }
        };
    }

    @GetMapping("/retention")
    Rules retention() {
        Retention retention = namespace.retention();
        return new Rules(
                retention.serverDefault().toString(),
                namespace.buckets().stream()
                        .map(bucket -> RuleInfo.of(bucket.name(), retention.of(bucket.name())))
                        .toList());
    }

    @GetMapping("/retention/{bucket}")
    RuleInfo retention(@PathVariable String bucket) {
        return RuleInfo.of(bucket, namespace.retention().of(bucket));
    }

    @PutMapping("/retention/{bucket}")
    RuleInfo setRetention(@PathVariable String bucket, @RequestBody RuleOrder order) {
        namespace.retention().set(bucket, Optional.of(policy(order.policy())));
        return retention(bucket);
    }

    @DeleteMapping("/retention/{bucket}")
    RuleInfo removeRetention(@PathVariable String bucket) {
        namespace.retention().set(bucket, Optional.empty());
        return retention(bucket);
    }

    /** What would go now, by the bucket's rule or by another one. */
    @GetMapping("/retention/{bucket}/plan")
    PlanInfo plan(
            @PathVariable String bucket,
            @RequestParam(required = false) @Nullable String policy,
            @RequestParam(defaultValue = "100") int limit) {
        Optional<RetentionPolicy> tried = policy == null ? Optional.empty() : Optional.of(policy(policy));
        return PlanInfo.of(namespace.retention().plan(bucket, tried, Math.clamp(limit, 0, LISTED_MAX)));
    }

    static EntryPath path(String text) {
        String path = text.startsWith("/") ? text.substring(1) : text;
        int slash = path.indexOf('/');
        if (path.isEmpty() || slash == 0) {
            throw new BadWordException("A path is BUCKET/PATH, and '" + text + "' names no bucket.");
        }
        return slash < 0 ? EntryPath.root(path) : new EntryPath(path.substring(0, slash), path.substring(slash + 1));
    }

    private static Instant moment(String text) {
        return Moments.parse(text)
                .orElseThrow(() -> new BadWordException("'" + text + "' is no moment: give " + Moments.GRAMMAR + "."));
    }

    private static RetentionPolicy policy(String text) {
        return RetentionPolicy.parse(text)
                .orElseThrow(() ->
                        new BadWordException("'" + text + "' is no retention: give " + RetentionPolicy.GRAMMAR + "."));
    }

    static ResponseEntity<ProblemDetail> problem(HttpStatus status, Exception failure) {
        return ResponseEntity.status(status)
                .body(ProblemDetail.forStatusAndDetail(status, String.valueOf(failure.getMessage())));
    }
}
