package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.Retention;
import io.varve.storage.namespace.RetentionPlan;
import io.varve.storage.namespace.RetentionPolicy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1/retention}: how long buckets keep history. Whoever may change a bucket's lifecycle may change this. */
@RestController
@RequestMapping("/api/v1/retention")
class RetentionApi extends UserApi {
    /** The most that one answer lists. */
    private static final int LISTED_MAX = 1000;

    private final Namespace namespace;

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

    RetentionApi(StorageEngine engine) {
        super(engine.access());
        this.namespace = engine.namespace();
    }

    @GetMapping
    Rules retention() {
        Retention retention = namespace.retention();
        return new Rules(
                retention.serverDefault().toString(),
                namespace.buckets().stream()
                        .filter(bucket -> allows(Action.READ_LIFECYCLE, EntryPath.root(bucket.name())))
                        .map(bucket -> RuleInfo.of(bucket.name(), retention.of(bucket.name())))
                        .toList());
    }

    @GetMapping("/{bucket}")
    RuleInfo retention(@PathVariable String bucket) {
        require(Action.READ_LIFECYCLE, EntryPath.root(bucket));
        return RuleInfo.of(bucket, namespace.retention().of(bucket));
    }

    @PutMapping("/{bucket}")
    RuleInfo setRetention(@PathVariable String bucket, @RequestBody RuleOrder order) {
        require(Action.WRITE_LIFECYCLE, EntryPath.root(bucket));
        caller().note(order.policy());
        namespace.retention().set(bucket, Optional.of(policy(order.policy())));
        return retention(bucket);
    }

    @DeleteMapping("/{bucket}")
    RuleInfo removeRetention(@PathVariable String bucket) {
        require(Action.WRITE_LIFECYCLE, EntryPath.root(bucket));
        namespace.retention().set(bucket, Optional.empty());
        return retention(bucket);
    }

    /** What would go now, by the bucket's rule or by another one. */
    @GetMapping("/{bucket}/plan")
    PlanInfo plan(
            @PathVariable String bucket,
            @RequestParam(required = false) @Nullable String policy,
            @RequestParam(defaultValue = "100") int limit) {
        require(Action.READ_LIFECYCLE, EntryPath.root(bucket));
        Optional<RetentionPolicy> tried = policy == null ? Optional.empty() : Optional.of(policy(policy));
        return PlanInfo.of(namespace.retention().plan(bucket, tried, Math.clamp(limit, 0, LISTED_MAX)));
    }

    private static RetentionPolicy policy(String text) {
        return RetentionPolicy.parse(text)
                .orElseThrow(() -> new HistoryApi.BadWordException(
                        "'" + text + "' is no retention: give " + RetentionPolicy.GRAMMAR + "."));
    }
}
