package io.varve.app.server;

import io.varve.app.server.BucketGrants.Grants;
import io.varve.app.server.BucketGrants.Right;
import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessList;
import io.varve.storage.access.BucketPolicy;
import io.varve.storage.access.BucketRules;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/buckets/NAME/rights}: who may use a bucket, at all doors, beyond what roles allow. Rights of single users are statements of
 * the bucket's policy ({@link BucketGrants}); that it is not for every user is its access control list. The bucket's owner and
 * administrators change them.
 */
@RestController
@RequestMapping("/api/v1/buckets/{name}/rights")
class BucketRightsApi extends UserApi {
    private final AccessControl access;
    private final Namespace namespace;

    /**
     * A user's right.
     *
     * @param right {@code read} or {@code write}
     */
    record UserRight(@Nullable String user, @Nullable String right) {}

    /**
     * What is to be other.
     *
     * @param shared whether every user of the role for files may read and write; null for the same
     * @param users all single users with a right; null for the same
     */
    record RightsChange(@Nullable Boolean shared, @Nullable List<UserRight> users) {}

    /**
     * Who may use a bucket.
     *
     * @param owner who has every right to it
     * @param shared whether every user of the role for files may read and write, unless {@code varve.store.shared-buckets} is false
     * @param users single users with a right
     * @param others whether its policy or its list says more than that
     */
    record RightsInfo(String owner, boolean shared, List<UserRight> users, boolean others) {}

    BucketRightsApi(StorageEngine engine) {
        super(engine.access());
        this.access = engine.access();
        this.namespace = engine.namespace();
    }

    @GetMapping
    RightsInfo rights(@PathVariable String name) {
        EntryPath root = EntryPath.root(name);
        Bucket bucket = bucket(name);
        require(Action.READ_POLICY, root);
        require(Action.READ_BUCKET_ACL, root);
        Grants grants = BucketGrants.read(name, bucket.settings().get(BucketRules.POLICY));
        Optional<AccessList> list = bucket.settings().get(BucketRules.ACL).map(AccessList::parse);
        return new RightsInfo(
                bucket.owner(),
                list.isEmpty(),
                grants.users().entrySet().stream()
                        .map(user -> new UserRight(
                                user.getKey(), user.getValue().name().toLowerCase(Locale.ROOT)))
                        .toList(),
                grants.others()
                        || list.filter(given -> !given.equals(AccessList.ofOwner(bucket.owner())))
                                .isPresent());
    }

    @PutMapping
    RightsInfo change(@PathVariable String name, @RequestBody RightsChange wanted) {
        EntryPath root = EntryPath.root(name);
        bucket(name);
        if (wanted.users() != null) {
            require(Action.WRITE_POLICY, root);
        }
        if (wanted.shared() != null) {
            require(Action.WRITE_BUCKET_ACL, root);
        }
        if (wanted.users() != null) {
            give(name, users(name, wanted.users()));
        }
        if (wanted.shared() != null) {
            share(name, wanted.shared());
        }
        return rights(name);
    }

    /** A bucket that is no share already keeps the list that it has. */
    private void share(String name, boolean shared) {
        caller().note(shared ? "for every user" : "not for every user");
        String own = AccessList.ofOwner(bucket(name).owner()).toText();
        namespace.changeBucketSettings(name, settings -> {
            if (shared) {
                return settings.without(BucketRules.ACL);
            }
            return settings.get(BucketRules.ACL).isPresent() ? settings : settings.with(BucketRules.ACL, own);
        });
    }

    /** Again if somebody else changed the policy meanwhile, so that none of it is lost. */
    private void give(String name, SortedMap<String, Right> users) {
        caller().note("rights " + users);
        AtomicBoolean done = new AtomicBoolean();
        while (!done.get()) {
            Optional<String> before = bucket(name).settings().get(BucketRules.POLICY);
            Optional<String> after = BucketGrants.with(name, before, users);
            after.ifPresent(text -> check(name, text));
            namespace.changeBucketSettings(name, settings -> {
                done.set(settings.get(BucketRules.POLICY).equals(before));
                return done.get() ? withPolicy(settings, after) : settings;
            });
        }
    }

    private static Attributes withPolicy(Attributes settings, Optional<String> policy) {
        return policy.map(text -> settings.with(BucketRules.POLICY, text))
                .orElseGet(() -> settings.without(BucketRules.POLICY));
    }

    private static void check(String bucket, String text) {
        if (text.getBytes(StandardCharsets.UTF_8).length > BucketPolicy.BYTES_MAX) {
            throw new HistoryApi.BadWordException(
                    "The bucket's policy would be longer than " + BucketPolicy.BYTES_MAX + " bytes: name fewer users.");
        }
        try {
            BucketPolicy.parse(text, bucket);
        } catch (IllegalArgumentException e) {
            throw new HistoryApi.BadWordException("The bucket's policy would be none: " + e.getMessage());
        }
    }

    private SortedMap<String, Right> users(String bucket, List<UserRight> wanted) {
        Map<String, Right> before = BucketGrants.read(
                        bucket, bucket(bucket).settings().get(BucketRules.POLICY))
                .users();
        SortedMap<String, Right> users = new TreeMap<>();
        for (UserRight each : wanted) {
            String user = each.user() == null ? "" : each.user();
            // Who was removed meanwhile stands in nobody's way.
            if (!access.isUser(user) && !before.containsKey(user)) {
                throw new HistoryApi.BadWordException("There is no user '" + user + "'.");
            }
            users.put(user, right(each.right()));
        }
        return users;
    }

    private static Right right(@Nullable String text) {
        for (Right right : Right.values()) {
            if (right.name().toLowerCase(Locale.ROOT).equals(text)) {
                return right;
            }
        }
        throw new HistoryApi.BadWordException("'" + text + "' is no right: give read or write.");
    }

    private Bucket bucket(String name) {
        return namespace.findBucket(name).orElseThrow(() -> new StorageException.NoSuchBucket(name));
    }
}
