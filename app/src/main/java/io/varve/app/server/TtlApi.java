package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.TimeToLive;
import io.varve.storage.namespace.Ttl;
import io.varve.storage.namespace.TtlPlan;
import io.varve.storage.namespace.TtlRule;
import io.varve.storage.namespace.WriteOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/ttl}: times to live of files, and the buckets' rules for prefixes. For administrators only; errors are problem documents
 * (RFC 9457).
 *
 * <p>A path names a file, or with a slash at the end, or if a folder is there, the prefix of all files below; {@code prefix=true} takes it as a
 * prefix whatever is there.
 */
@RestController
@RequestMapping("/api/v1/ttl")
class TtlApi extends AdministratorApi {
    private static final int LISTED_MAX = 1000;

    private static final WriteOptions AS_OPERATOR = WriteOptions.folders("operator");

    private final Namespace namespace;
    private final Ttl ttl;

    /** A rule of a bucket. */
    record RuleInfo(String bucket, String prefix, String after) {
        static RuleInfo of(String bucket, TtlRule rule) {
            return new RuleInfo(bucket, rule.prefix(), rule.ageText());
        }
    }

    /**
     * What holds for a path.
     *
     * @param expires when the file goes by its own time to live
     * @param due when it goes by whatever comes first
     * @param rules the rules that cover it or, of a prefix, files below it
     */
    record TtlInfo(
            String path,
            @Nullable Instant expires,
            @Nullable Instant due,
            List<RuleInfo> rules) {}

    /** All rules. */
    record Rules(List<RuleInfo> rules) {}

    /** What is to hold for a path. */
    record Order(String path, String ttl, @Nullable Boolean prefix) {}

    /** What is due. */
    record PlanInfo(long files, long bytes, List<PlannedInfo> deletions) {}

    /** A file that is due. */
    record PlannedInfo(String path, Instant due, long bytes, String why) {}

    TtlApi(StorageEngine engine) {
        super(engine.access());
        this.namespace = engine.namespace();
        this.ttl = namespace.ttl();
    }

    @GetMapping
    Object find(
            @RequestParam(required = false) @Nullable String path,
            @RequestParam(defaultValue = "false") boolean prefix) {
        if (path != null) {
            return info(target(path, prefix));
        }
        List<RuleInfo> rules = new ArrayList<>();
        for (Bucket bucket : namespace.buckets()) {
            ttl.rules(bucket.name()).forEach(rule -> rules.add(RuleInfo.of(bucket.name(), rule)));
        }
        return new Rules(rules);
    }

    @PutMapping
    TtlInfo set(@RequestBody Order order) {
        TimeToLive wanted = ttl.parse(order.ttl())
                .orElseThrow(() -> new HistoryApi.BadWordException(
                        "'" + order.ttl() + "' is no time to live: give " + TimeToLive.GRAMMAR + "."));
        Target target = target(order.path(), Boolean.TRUE.equals(order.prefix()));
        switch (target) {
            case NamedFile file -> ttl.set(file.path(), Optional.of(wanted), AS_OPERATOR);
            case Prefix under -> ttl.setRule(under.bucket(), new TtlRule(under.prefix(), age(wanted)));
        }
        return info(target);
    }

    private static Duration age(TimeToLive wanted) {
        return switch (wanted) {
            case TimeToLive.For length -> length.age();
            case TimeToLive.Until ignored ->
                throw new HistoryApi.BadWordException(
                        "A rule for a prefix takes a length of time such as 7d, not a moment.");
        };
    }

    @DeleteMapping
    TtlInfo remove(@RequestParam String path, @RequestParam(defaultValue = "false") boolean prefix) {
        Target target = target(path, prefix);
        switch (target) {
            case NamedFile file -> ttl.set(file.path(), Optional.empty(), AS_OPERATOR);
            case Prefix under -> {
                if (!ttl.removeRule(under.bucket(), under.prefix())) {
                    throw new HistoryApi.BadWordException(
                            "'" + under.bucket() + "' has no rule for the prefix '" + under.prefix() + "'.");
                }
            }
        }
        return info(target);
    }

    /** The files of a bucket that are due; of one that is deleted, none. */
    @GetMapping("/due")
    PlanInfo due(@RequestParam String bucket, @RequestParam(defaultValue = "100") int limit) {
        if (namespace.findBucket(bucket).isEmpty()) {
            namespace.retention().of(bucket);
            return new PlanInfo(0, 0, List.of());
        }
        TtlPlan plan = ttl.plan(bucket, Math.clamp(limit, 0, LISTED_MAX));
        return new PlanInfo(
                plan.files(),
                plan.bytes(),
                plan.deletions().stream()
                        .map(deletion -> new PlannedInfo(
                                deletion.path().toString(), deletion.due(), deletion.bytes(), deletion.why()))
                        .toList());
    }

    // ---- what a path means

    private sealed interface Target {}

    private record NamedFile(EntryPath path, Entry entry) implements Target {}

    private record Prefix(String bucket, String prefix) implements Target {}

    private Target target(String text, boolean prefix) {
        EntryPath path = HistoryApi.path(text);
        if (namespace.findBucket(path.bucket()).isEmpty()) {
            throw new StorageException.NoSuchBucket(path.bucket());
        }
        if (prefix || path.isDirectory()) {
            return new Prefix(path.bucket(), path.key());
        }
        Entry entry = namespace.resolve(path).orElseThrow(() -> new StorageException.NoSuchEntry(path));
        return entry.isDirectory() ? new Prefix(path.bucket(), entry.path().key()) : new NamedFile(path, entry);
    }

    private TtlInfo info(Target target) {
        return switch (target) {
            case Prefix under -> {
                List<RuleInfo> rules = ttl.rules(under.bucket()).stream()
                        .filter(rule ->
                                rule.covers(under.prefix()) || rule.prefix().startsWith(under.prefix()))
                        .map(rule -> RuleInfo.of(under.bucket(), rule))
                        .toList();
                yield new TtlInfo(under.bucket() + "/" + under.prefix(), null, null, rules);
            }
            case NamedFile file -> {
                // As it is now, not as it was before the change.
                Entry entry = namespace.find(file.path()).orElse(file.entry());
                List<TtlRule> rules = ttl.rules(file.path().bucket()).stream()
                        .filter(rule -> rule.covers(file.path().key()))
                        .toList();
                Instant own = entry.expires().orElse(null);
                Instant due = Stream.concat(
                                entry.expires().stream(),
                                rules.stream().map(rule -> entry.written().plus(rule.age())))
                        .min(Instant::compareTo)
                        .orElse(null);
                yield new TtlInfo(
                        file.path().toString(),
                        own,
                        due,
                        rules.stream()
                                .map(rule -> RuleInfo.of(file.path().bucket(), rule))
                                .toList());
            }
        };
    }
}
