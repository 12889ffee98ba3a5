package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Version;
import io.varve.storage.namespace.WriteOptions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/files}: changes of names. By a file system's rules, with the caller's rights; bytes come and go at
 * {@code /api/v1/content}.
 */
@RestController
@RequestMapping("/api/v1/files")
class FileChangesApi extends UserApi {
    private static final int LISTED_MAX = 1000;

    private final Namespace namespace;

    /** A folder to be made. */
    record NewFolder(@Nullable String path) {}

    /**
     * Something to be moved or copied.
     *
     * @param from what; a folder's path ends with a slash
     * @param to its new path
     * @param overwrite whether something there may be replaced; null: no
     */
    record Transfer(
            @Nullable String from,
            @Nullable String to,
            @Nullable Boolean overwrite) {}

    /** What stands where now. */
    record Placed(String path, boolean created) {}

    /** What was deleted and can be brought back; {@code next} is what to give as {@code after} for more. */
    record Trash(List<TrashInfo> entries, @Nullable String next) {}

    /**
     * Something that was deleted.
     *
     * @param name a folder's ends with a slash
     * @param deleted when
     * @param at a moment at which it was still there, for {@code POST /api/v1/restore}
     */
    record TrashInfo(
            String name,
            boolean folder,
            long size,
            @Nullable Instant deleted,
            @Nullable Instant at) {}

    FileChangesApi(StorageEngine engine) {
        super(engine.access());
        this.namespace = engine.namespace();
    }

    private static WriteOptions options() {
        return WriteOptions.folders(caller().name());
    }

    static EntryPath named(@Nullable String path, String what) {
        if (path == null) {
            throw new HistoryApi.BadWordException("The request lacks '" + what + "'.");
        }
        EntryPath named = HistoryApi.path(path);
        if (!named.isLegalTreePath()) {
            throw new StorageException.InvalidName("'" + path + "' is no path of a file or folder.");
        }
        return named;
    }

    /** Makes a folder and all that are missing above it; one that is there is no error. */
    @PostMapping("/folder")
    ResponseEntity<Placed> makeFolder(@RequestBody NewFolder wanted) {
        EntryPath path = named(wanted.path(), "path").asDirectory();
        caller().note(path.toString());
        require(Action.WRITE, path);
        if (namespace.findBucket(path.bucket()).isEmpty()) {
            throw new StorageException.NoSuchBucket(path.bucket());
        }
        boolean created = false;
        EntryPath folder = EntryPath.root(path.bucket());
        for (String name : path.segments()) {
            folder = folder.child(name + "/");
            if (namespace.find(folder).isEmpty()) {
                created = make(folder) || created;
            }
        }
        return ResponseEntity.status(created ? HttpStatus.CREATED : HttpStatus.OK)
                .body(new Placed(path.toString(), created));
    }

    /** Somebody else may make it at the same time. */
    private boolean make(EntryPath folder) {
        try {
            namespace.makeDirectory(folder, Attributes.NONE, options());
            return true;
        } catch (StorageException.EntryExists e) {
            if (namespace.find(folder).isPresent()) {
                return false;
            }
            throw e;
        }
    }

    @PostMapping("/move")
    Placed move(@RequestBody Transfer wanted) {
        Entry source = source(wanted);
        EntryPath target = target(wanted, source);
        require(Action.READ, source.path());
        require(Action.DELETE, source.path());
        require(Action.WRITE, target);
        return placed(namespace.move(source.path(), target, Boolean.TRUE.equals(wanted.overwrite()), options()));
    }

    @PostMapping("/copy")
    Placed copy(@RequestBody Transfer wanted) {
        Entry source = source(wanted);
        EntryPath target = target(wanted, source);
        require(Action.READ, source.path());
        require(Action.WRITE, target);
        return placed(namespace.copy(
                source.path(), target, Optional.empty(), Boolean.TRUE.equals(wanted.overwrite()), true, options()));
    }

    private Entry source(Transfer wanted) {
        EntryPath from = named(wanted.from(), "from");
        caller().note(wanted.from() + " to " + wanted.to());
        if (from.isRoot()) {
            throw new HistoryApi.BadWordException("A bucket keeps its name.");
        }
        require(Action.READ, from);
        return namespace.resolve(from).orElseThrow(() -> new StorageException.NoSuchEntry(from));
    }

    private static EntryPath target(Transfer wanted, Entry source) {
        EntryPath to = named(wanted.to(), "to");
        if (to.isRoot()) {
            throw new HistoryApi.BadWordException("'" + wanted.to() + "' is a bucket: name the file or folder in it.");
        }
        return source.isDirectory() ? to.asDirectory() : to.asFile();
    }

    private static Placed placed(PutResult result) {
        return new Placed(result.entry().path().toString(), result.created());
    }

    /** Deletes a file, or a folder with all it holds; history keeps it as long as the bucket says. */
    @DeleteMapping
    ResponseEntity<?> delete(@RequestParam String path) {
        EntryPath asked = named(path, "path");
        if (asked.isRoot()) {
            throw new HistoryApi.BadWordException("'" + path + "' is a bucket: it is deleted at /api/v1/buckets.");
        }
        require(Action.DELETE, asked);
        EntryPath found = namespace
                .resolve(asked)
                .orElseThrow(() -> new StorageException.NoSuchEntry(asked))
                .path();
        require(Action.DELETE, found);
        if (namespace.delete(found, options()).isEmpty()) {
            throw new StorageException.NoSuchEntry(found);
        }
        return ResponseEntity.noContent().build();
    }

    /** What a folder held that was deleted and is not there again. */
    @GetMapping("/deleted")
    Trash deleted(
            @RequestParam String path,
            @RequestParam(defaultValue = "") String after,
            @RequestParam(defaultValue = "1000") int limit) {
        EntryPath folder = HistoryApi.path(path).asDirectory();
        require(Action.LIST, folder);
        int count = Math.clamp(limit, 1, LISTED_MAX);
        List<TrashInfo> found = namespace.deleted(folder, after, count).stream()
                .map(version -> info(folder, version))
                .toList();
        return new Trash(found, found.size() < count ? null : found.getLast().name());
    }

    private static TrashInfo info(EntryPath folder, Version version) {
        Entry entry = version.entry();
        Instant deleted = version.to().orElse(null);
        return new TrashInfo(
                entry.path().key().substring(folder.key().length()),
                entry.isDirectory(),
                entry.size(),
                deleted,
                deleted == null ? null : deleted.minusNanos(1000));
    }
}
