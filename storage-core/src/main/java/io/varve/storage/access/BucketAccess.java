package io.varve.storage.access;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessControl.Decision;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.AccessList.Permission;
import io.varve.storage.access.BucketPolicy.Verdict;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides by role and by the rules of buckets, in the order of the IAM user guide's "Policy evaluation logic": what a policy denies is
 * denied, to administrators too; else what the role, the policy or an access control list allows is allowed; else it is denied.
 * Only the policy itself can always be changed by the bucket's owner and by administrators, so that nobody locks everybody out.
 * Thread-safe.
 */
final class BucketAccess {
    private static final Logger LOG = LoggerFactory.getLogger(BucketAccess.class);
    private static final int PARSED_MAX = 1024;

    private final BucketSource source;

    /** Rules as they were parsed last; compared with what is kept now before each use. */
    private final ConcurrentHashMap<String, Parsed> parsed = new ConcurrentHashMap<>();

    private record Parsed(BucketSource.Kept kept, Optional<BucketRules> rules) {}

    private final boolean shared;

    /** @param shared whether the role {@code USER} is for every bucket without a list, or for one's own alone */
    BucketAccess(BucketSource source, boolean shared) {
        this.source = source;
        this.shared = shared;
    }

    /** What time it is. */
    Instant now() {
        return source.now();
    }

    BucketAccess sharing(boolean changed) {
        return new BucketAccess(source, changed);
    }

    /** What a decision is about. */
    enum About {
        /** The bucket or the object of that key. */
        ONE,
        /** Everything whose key begins so. */
        BELOW,
        /** An object of that key that is about to be written, and so has no owner yet but who asks. */
        OWN
    }

    /**
     * Decides.
     *
     * @param known who asks, with the role of now; empty for nobody known
     */
    Decision decide(
            Optional<Principal> known, Action action, String bucket, String key, RequestContext context, About about) {
        if (context.limits().isPresent()) {
            BucketPolicy limits = context.limits().get();
            PolicyRequest request = request(known, action, bucket, key, context, limits);
            if (limits.evaluate(request) != Verdict.ALLOWED || (about == About.BELOW && limits.mayDenyBelow(request))) {
                return Decision.DENIED;
            }
        }
        // A bucket that is there already is no matter of rights to who would make one of its name.
        Optional<BucketSource.Kept> kept =
                bucket.isEmpty() || action == Action.CREATE_BUCKET ? Optional.empty() : source.bucket(bucket);
        if (kept.isEmpty()) {
            return decision(known.isPresent() && allows(known.get().role(), action, true, true));
        }
        Optional<BucketRules> rules = rules(bucket, kept.get());
        if (rules.isEmpty()) {
            return decision(known.isPresent() && known.get().role() == Role.ADMIN);
        }
        boolean byRole = known.isPresent()
                && allows(known.get(), action, rules.get())
                && !isOfAnother(known.get(), action, bucket, key, context, rules.get())
                && !isGivenUp(known.get(), action, rules.get());
        Verdict verdict = Verdict.NOTHING;
        if (rules.get().policy().isPresent()) {
            BucketPolicy policy = rules.get().policy().get();
            PolicyRequest request = request(known, action, bucket, key, context, policy);
            verdict = about == About.BELOW ? policy.evaluateBelow(request) : policy.evaluate(request);
        }
        if (verdict == Verdict.DENIED) {
            return decision(action.isOfPolicy() && byRole);
        }
        if (byRole) {
            return Decision.ALLOWED;
        }
        // Here are only those whom no role lets in: to the bucket they are the public, with a name or without.
        boolean open = verdict == Verdict.ALLOWED
                && !(rules.get().block().restrictBuckets()
                        && rules.get().policy().map(BucketPolicy::isPublic).orElse(false));
        // Lists are of single objects, so that none of them says anything of a whole folder.
        return decision(open
                || (about != About.BELOW
                        && byList(known, action, bucket, key, context, rules.get(), about == About.OWN)));
    }

    /**
     * Whether somebody is let into a bucket by its policy or its lists alone.
     *
     * @param known who asks
     */
    boolean isGuest(Principal known, String bucket) {
        Optional<BucketRules> rules = source.bucket(bucket).flatMap(kept -> rules(bucket, kept));
        return rules.isPresent() && !allows(known, Action.WRITE, rules.get());
    }

    /** Whether an object belongs to another than the bucket's owner, so that owning the bucket is no right to read it. */
    private boolean isOfAnother(
            Principal known, Action action, String bucket, String key, RequestContext context, BucketRules rules) {
        return known.role() == Role.USER
                && !rules.shared()
                && rules.ownership().hasLists()
                && action.permission().isPresent()
                && !action.isByBucketList()
                && !object(bucket, key, context)
                        .getOrDefault(BucketRules.OBJECT_OWNER, known.name())
                        .equals(known.name());
    }

    /** Whether an owner made a list that leaves out even the owner's right to write. */
    private static boolean isGivenUp(Principal known, Action action, BucketRules rules) {
        return action == Action.WRITE
                && known.role() == Role.USER
                && !rules.shared()
                && rules.ownership().hasLists()
                && !rules.list().allows(known.name(), Permission.WRITE, false);
    }

    private static Decision decision(boolean allowed) {
        return allowed ? Decision.ALLOWED : Decision.DENIED;
    }

    private Optional<BucketRules> rules(String bucket, BucketSource.Kept kept) {
        Parsed last = parsed.get(bucket);
        if (last != null && last.kept().equals(kept)) {
            return last.rules();
        }
        Optional<BucketRules> rules;
        try {
            rules = Optional.of(BucketRules.of(bucket, kept.owner(), kept.settings()));
        } catch (IllegalArgumentException e) {
            LOG.error("The access rules of the bucket '{}' cannot be read; only administrators may use it.", bucket, e);
            rules = Optional.empty();
        }
        if (parsed.size() >= PARSED_MAX) {
            parsed.clear();
        }
        parsed.put(bucket, new Parsed(kept, rules));
        return rules;
    }

    private PolicyRequest request(
            Optional<Principal> known,
            Action action,
            String bucket,
            String key,
            RequestContext context,
            BucketPolicy policy) {
        RequestContext full = context.with("aws:PrincipalType", known.isPresent() ? "User" : "Anonymous")
                .with(
                        "aws:CurrentTime",
                        source.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .with("aws:EpochTime", Long.toString(source.now().getEpochSecond()));
        if (known.isPresent()) {
            full = full.with("aws:username", known.get().name())
                    .with("aws:userid", known.get().name());
        }
        if (action == Action.LIST && !key.isEmpty() && full.get("s3:prefix").isEmpty()) {
            full = full.with("s3:prefix", key);
        }
        if (action.isOfObject() && policy.asksForTags()) {
            for (Map.Entry<String, String> attribute :
                    object(bucket, key, context).entrySet()) {
                if (attribute.getKey().startsWith("t:")) {
                    full = full.with(
                            PolicyCondition.EXISTING_TAG + attribute.getKey().substring(2), attribute.getValue());
                }
            }
        }
        return PolicyRequest.of(known.map(Principal::name).orElse(""), action, bucket, key, full);
    }

    private boolean byList(
            Optional<Principal> known,
            Action action,
            String bucket,
            String key,
            RequestContext context,
            BucketRules rules,
            boolean fresh) {
        Optional<Permission> permission = action.permission();
        if (!rules.ownership().hasLists() || permission.isEmpty()) {
            return false;
        }
        String user = known.map(Principal::name).orElse("");
        boolean groups = !rules.block().ignoreAcls();
        if (action.isByBucketList()) {
            return rules.list().allows(user, permission.get(), groups);
        }
        if (fresh) {
            return true;
        }
        Map<String, String> object = object(bucket, key, context);
        String text = object.get(BucketRules.ACL);
        boolean own = !user.isEmpty() && user.equals(object.get(BucketRules.OBJECT_OWNER));
        if (own && (text == null || permission.get() != Permission.READ)) {
            return true;
        }
        return text != null && AccessList.parse(text).allows(user, permission.get(), groups);
    }

    /** What is kept with an object: each version has a list and tags of its own. */
    private Map<String, String> object(String bucket, String key, RequestContext context) {
        return source.object(bucket, key, context.get(RequestContext.VERSION));
    }

    private boolean allows(Principal known, Action action, BucketRules rules) {
        return allows(known.role(), action, rules.owner().equals(known.name()), rules.shared());
    }

    /**
     * @param owner whether the bucket is the user's own, or is not there yet
     * @param open whether the bucket never got a list
     */
    private boolean allows(Role role, Action action, boolean owner, boolean open) {
        return switch (role) {
            case ADMIN -> true;
            case USER ->
                switch (action.reach()) {
                    case LOOK, CHANGE -> owner || (shared && open);
                    case GOVERN -> owner;
                    case ADMINISTER -> false;
                };
            case READONLY -> action.reach() == Action.Reach.LOOK;
        };
    }
}
