package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.ListPage;
import io.varve.storage.namespace.ListQuery;
import io.varve.storage.namespace.Namespace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/search}: files by their names. There is no index: names are walked in order, a bounded number in each request, and the
 * answer says where to go on. So no search is more than a few listings at a time, and who has seen enough just does not ask on.
 */
@RestController
@RequestMapping("/api/v1/search")
class SearchApi extends UserApi {
    /** Names looked at in one request. */
    private static final int VISITED_MAX = 20_000;

    private static final int PAGE_KEYS = 1000;
    private static final int FOUND_MAX = 200;
    private static final int NAME_LENGTH_MAX = 255;

    private final Namespace namespace;

    /**
     * What was found so far.
     *
     * @param visited names that were looked at
     * @param next what to give as {@code after} to go on; null at the end
     */
    record Found(List<Match> matches, int visited, @Nullable String next) {}

    /** A file whose name fits. */
    record Match(String path, long size, Instant modified) {}

    SearchApi(StorageEngine engine) {
        super(engine.access());
        this.namespace = engine.namespace();
    }

    /**
     * Looks on.
     *
     * @param path a bucket, or a folder in it
     * @param name part of a name, in any case; with {@code *} or {@code ?} a pattern for the whole name
     * @param after the path behind which to go on; empty for the beginning
     */
    @GetMapping
    Found search(@RequestParam String path, @RequestParam String name, @RequestParam(defaultValue = "") String after) {
        EntryPath folder = HistoryApi.path(path).asDirectory();
        require(Action.LIST, folder);
        if (name.isBlank() || name.length() > NAME_LENGTH_MAX) {
            throw new HistoryApi.BadWordException("A name to look for has 1 to " + NAME_LENGTH_MAX + " characters.");
        }
        NamePattern pattern = new NamePattern(name.strip());
        List<Match> matches = new ArrayList<>();
        String from = after.isEmpty() ? "" : HistoryApi.path(after).key();
        int visited = 0;
        while (visited < VISITED_MAX) {
            ListPage page = namespace.list(folder.bucket(), new ListQuery(folder.key(), "", from, PAGE_KEYS));
            for (ListPage.Item item : page.items()) {
                if (item instanceof ListPage.Key key) {
                    visited++;
                    Entry entry = key.entry();
                    from = entry.path().key();
                    if (pattern.matches(entry.path().name())) {
                        matches.add(new Match(entry.path().toString(), entry.size(), entry.modified()));
                    }
                    if (matches.size() == FOUND_MAX) {
                        return new Found(matches, visited, entry.path().toString());
                    }
                }
            }
            if (!page.truncated()) {
                return new Found(matches, visited, null);
            }
            from = page.next();
        }
        return new Found(matches, visited, folder.bucket() + "/" + from);
    }
}
