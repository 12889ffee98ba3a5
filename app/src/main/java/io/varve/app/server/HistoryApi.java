package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl.Action;
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
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/}: {@code history}, {@code at} and {@code restore}. With the rights of the caller; errors are problem documents
 * (RFC 9457). Paths are {@code bucket/key}; a folder's ends with a slash.
 */
@RestController
@RequestMapping("/api/v1")
class HistoryApi extends UserApi {
    /** The most that one answer lists. */
    private static final int LISTED_MAX = 1000;

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
    record Restored(String path, boolean created, long size, String etag) {
        static Restored of(PutResult result) {
            Entry entry = result.entry();
            return new Restored(
                    entry.path().toString(),
                    result.created(),
                    entry.size(),
                    entry.etag().value());
        }
    }

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

    HistoryApi(StorageEngine engine) {
        super(engine.access());
        this.engine = engine;
        this.namespace = engine.namespace();
    }

    @GetMapping("/history")
    Versions history(
            @RequestParam String path,
            @RequestParam(required = false) @Nullable String before,
            @RequestParam(defaultValue = "100") int limit) {
        EntryPath asked = path(path);
        require(asked.isDirectory() ? Action.LIST : Action.READ, asked);
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
                if (!allows(Action.LIST, EntryPath.root(bucket.name()))) {
                    continue;
                }
                past.find(EntryPath.root(bucket.name()))
                        .ifPresent(root -> buckets.add(EntryInfo.of(bucket.name() + "/", root)));
            }
            return new Listing(past.moment(), "", buckets, null);
        }
        EntryPath folder = path(path).asDirectory();
        require(Action.LIST, folder);
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
        EntryPath asked = path(order.path());
        caller().note(order.path() + " of " + order.at());
        require(Action.READ, asked);
        Optional<Version> version = asked.isDirectory() || Boolean.TRUE.equals(order.dryRun())
                ? Optional.empty()
                : namespace.version(asked, moment(order.at()));
        if (version.isPresent()) {
            return ResponseEntity.ok(restored(version.get(), order, ifMatch));
        }
        PastView past = namespace.at(moment(order.at()));
        EntryPath source = past.resolve(asked)
                .orElseThrow(() -> new StorageException.NoSuchEntry(asked))
                .path();
        EntryPath target = order.to() == null ? source : path(order.to());
        EntryPath placed = source.isDirectory() ? target.asDirectory() : target;
        if (placed.isRoot() && !source.isDirectory()) {
            throw new BadWordException("'" + order.to() + "' is a bucket: name the file in it.");
        }
        require(Action.READ, source);
        require(Action.WRITE, placed);
        Restores.Request request = new Restores.Request(source, placed, !Boolean.FALSE.equals(order.overwrite()), true);
        Restores restores = namespace.restores();
        if (Boolean.TRUE.equals(order.dryRun())) {
            return ResponseEntity.ok(RestorePlanInfo.of(restores.plan(past, request, LISTED_MAX)));
        }
        WriteOptions options = options(order, ifMatch);
        if (source.isDirectory()) {
            return ResponseEntity.accepted().body(engine.jobs().restore(restores, past, request, options));
        }
        return ResponseEntity.ok(Restored.of(restores.restore(past, request, options, ignored -> {})));
    }

    /** A version that begins at exactly the moment is there also if the moment cannot be shown as a whole. */
    private Restored restored(Version version, RestoreOrder order, @Nullable String ifMatch) {
        EntryPath target = order.to() == null ? version.entry().path() : path(order.to());
        if (target.isDirectory()) {
            throw new BadWordException("'" + order.to() + "' is a folder: name the file in it.");
        }
        require(Action.WRITE, target);
        return Restored.of(namespace
                .restores()
                .restore(version, target, !Boolean.FALSE.equals(order.overwrite()), options(order, ifMatch)));
    }

    private static WriteOptions options(RestoreOrder order, @Nullable String ifMatch) {
        return WriteOptions.folders(caller().name())
                .holding(order.lockTokens() == null ? Set.of() : order.lockTokens())
                .when(matching(ifMatch));
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

    static ResponseEntity<ProblemDetail> problem(HttpStatus status, Exception failure) {
        return ResponseEntity.status(status)
                .body(ProblemDetail.forStatusAndDetail(status, String.valueOf(failure.getMessage())));
    }
}
