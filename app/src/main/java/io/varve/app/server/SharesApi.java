package io.varve.app.server;

import io.varve.app.console.ShareLinks;
import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/shares}: links by which anybody may read a file for a time; {@link ShareDoor} is where they lead. Everybody sees and takes
 * back their own, administrators all.
 */
@RestController
@RequestMapping("/api/v1/shares")
class SharesApi extends UserApi {
    private static final long HOURS_DEFAULT = 24;

    private final Namespace namespace;
    private final ShareLinks links;

    /**
     * A link to be made.
     *
     * @param path the file
     * @param hours how long it lasts; null for a day
     */
    record NewShare(@Nullable String path, @Nullable Long hours) {}

    /**
     * A link as told.
     *
     * @param address its path on this server
     */
    record ShareInfo(
            String bucket, String id, String path, String user, Instant created, Instant expires, String address) {}

    SharesApi(StorageEngine engine, ShareLinks links) {
        super(engine.access());
        this.namespace = engine.namespace();
        this.links = links;
    }

    private ShareInfo info(ShareLinks.Link link) {
        EntryPath path = link.path();
        return new ShareInfo(
                path.bucket(),
                link.id(),
                path.toString(),
                link.user(),
                link.created(),
                link.expires(),
                ShareDoor.PATH + path.bucket() + "/" + links.token(link));
    }

    @GetMapping
    List<ShareInfo> list() {
        boolean all = isAdministrator();
        Stream<Bucket> buckets = namespace.buckets().stream();
        return buckets.flatMap(bucket -> links.list(bucket).stream())
                .filter(link -> all || link.user().equals(user().name()))
                .map(this::info)
                .toList();
    }

    @PostMapping
    ResponseEntity<ShareInfo> create(@RequestBody NewShare wanted) {
        EntryPath path = HistoryApi.path(wanted.path() == null ? "" : wanted.path());
        long hours = wanted.hours() == null ? HOURS_DEFAULT : wanted.hours();
        caller().note(path + " for " + hours + " hours");
        if (hours < 1 || hours > ShareLinks.LIFE_MAX.toHours()) {
            throw new HistoryApi.BadWordException(
                    "A link lasts 1 to " + ShareLinks.LIFE_MAX.toHours() + " hours, not " + hours + ".");
        }
        require(Action.READ, path);
        Entry file = namespace
                .find(path)
                .filter(entry -> entry.kind() == Entry.Kind.FILE)
                .orElseThrow(() -> new StorageException.NoSuchEntry(path));
        return ResponseEntity.status(HttpStatus.CREATED)
                .body(info(links.create(file.path(), user().name(), Duration.ofHours(hours))));
    }

    @DeleteMapping("/{bucket}/{id}")
    ResponseEntity<?> remove(@PathVariable String bucket, @PathVariable String id) {
        ShareLinks.Link link = links.find(bucket, id)
                .filter(known -> isAdministrator() || known.user().equals(user().name()))
                .orElseThrow(() -> new AbsentException("There is no such link, or it is not yours."));
        links.remove(link);
        return ResponseEntity.noContent().build();
    }
}
