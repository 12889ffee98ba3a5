package io.varve.storage.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.varve.storage.access.AccessList.Permission;
import io.varve.storage.access.AccountRecords.KeyRecord;
import io.varve.storage.access.AccountRecords.UserRecord;
import io.varve.storage.access.Argon2id.Cost;
import io.varve.storage.access.BucketAccess.About;
import io.varve.storage.commit.Committer;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may enter and what for: the users with their key pairs, and the decision that every door asks before it acts.
 *
 * <p>One user, root, is configured and never stored, so there is always one that gets in. All others are metadata. They are few:
 * all are kept in memory, and every change is first committed and then read back. Asking therefore costs no I/O and sees a change as
 * soon as the method that made it has returned. Thread-safe.
 */
public final class AccessControl {
    private static final Logger LOG = LoggerFactory.getLogger(AccessControl.class);

    private final Committer committer;
    private final MasterKey masterKey;
    private final AccountChanges changes;
    private final PasswordDigest digests = new PasswordDigest();
    private final Credential root;
    private final Object reloading = new Object();
    private final Sessions sessions;
    private volatile Accounts accounts;
    private volatile BucketAccess buckets = new BucketAccess(new NoBuckets(), true);
    private final LoginThrottle throttle = new LoginThrottle(() -> buckets.now());
    private final ConsoleSignIn signIn;

    /** Who did not say who they are. No user can have this name. */
    public static final Principal ANONYMOUS = new Principal("", Role.READONLY);

    /** What a door knows of the request under way; bound while it is worked on. */
    public static final ScopedValue<RequestContext> REQUEST = ScopedValue.newInstance();

    /** What a user may do in general. */
    public enum Role {
        /** Everything. */
        ADMIN,
        /** Everything with buckets and their contents. */
        USER,
        /** Look and read. */
        READONLY
    }

    /** Somebody who proved to be who they say. */
    public record Principal(String name, Role role) {}

    /** Something to be decided about, with the name that bucket policies have for it. */
    public enum Action {
        /** Read an object, its versions or its attributes. */
        READ("s3:getobject", Reach.LOOK, Of.OBJECT, Optional.of(Permission.READ)),
        /** Store, copy or move an object to the key, change its attributes, or lock it. */
        WRITE("s3:putobject", Reach.CHANGE, Of.OBJECT, Optional.of(Permission.WRITE)),
        /** Read a version that is named. */
        READ_VERSION("s3:getobjectversion", Reach.LOOK, Of.OBJECT, Optional.of(Permission.READ)),
        /** Delete a version that is named. */
        DELETE_VERSION("s3:deleteobjectversion", Reach.CHANGE, Of.OBJECT, Optional.of(Permission.WRITE)),
        /** See the versions of a bucket's keys. */
        LIST_VERSIONS("s3:listbucketversions", Reach.LOOK, Of.BUCKET, Optional.of(Permission.READ)),
        /** Read the tags of a version that is named. */
        READ_VERSION_TAGS("s3:getobjectversiontagging", Reach.LOOK, Of.OBJECT, Optional.empty()),
        /** Set the tags of a version that is named. */
        WRITE_VERSION_TAGS("s3:putobjectversiontagging", Reach.CHANGE, Of.OBJECT, Optional.empty()),
        /** Remove the tags of a version that is named. */
        DELETE_VERSION_TAGS("s3:deleteobjectversiontagging", Reach.CHANGE, Of.OBJECT, Optional.empty()),
        /** Read the access control list of a version that is named. */
        READ_VERSION_ACL("s3:getobjectversionacl", Reach.LOOK, Of.OBJECT, Optional.of(Permission.READ_ACP)),
        /** Set the access control list of a version that is named. */
        WRITE_VERSION_ACL("s3:putobjectversionacl", Reach.GOVERN, Of.OBJECT, Optional.of(Permission.WRITE_ACP)),
        /** Read how long a version is locked. */
        READ_RETENTION("s3:getobjectretention", Reach.LOOK, Of.OBJECT, Optional.empty()),
        /** Lock a version for a time. */
        WRITE_RETENTION("s3:putobjectretention", Reach.CHANGE, Of.OBJECT, Optional.empty()),
        /** Read whether a version is under a legal hold. */
        READ_HOLD("s3:getobjectlegalhold", Reach.LOOK, Of.OBJECT, Optional.empty()),
        /** Put a version under a legal hold, or end that. */
        WRITE_HOLD("s3:putobjectlegalhold", Reach.CHANGE, Of.OBJECT, Optional.empty()),
        /** End a retention early that allows it. */
        BYPASS_RETENTION("s3:bypassgovernanceretention", Reach.GOVERN, Of.OBJECT, Optional.empty()),
        /** Delete an object or one of its versions, or move it away. */
        DELETE("s3:deleteobject", Reach.CHANGE, Of.OBJECT, Optional.of(Permission.WRITE)),
        /** See the names in a bucket, or the bucket itself. */
        LIST("s3:listbucket", Reach.LOOK, Of.BUCKET, Optional.of(Permission.READ)),
        /** Make a bucket. */
        CREATE_BUCKET("s3:createbucket", Reach.CHANGE, Of.BUCKET, Optional.empty()),
        /** Remove a bucket. */
        DELETE_BUCKET("s3:deletebucket", Reach.CHANGE, Of.BUCKET, Optional.empty()),
        /** Read an object's tags. */
        READ_TAGS("s3:getobjecttagging", Reach.LOOK, Of.OBJECT, Optional.empty()),
        /** Set an object's tags. */
        WRITE_TAGS("s3:putobjecttagging", Reach.CHANGE, Of.OBJECT, Optional.empty()),
        /** Remove an object's tags. */
        DELETE_TAGS("s3:deleteobjecttagging", Reach.CHANGE, Of.OBJECT, Optional.empty()),
        /** Read an object's access control list. */
        READ_ACL("s3:getobjectacl", Reach.LOOK, Of.OBJECT, Optional.of(Permission.READ_ACP)),
        /** Set an object's access control list. */
        WRITE_ACL("s3:putobjectacl", Reach.GOVERN, Of.OBJECT, Optional.of(Permission.WRITE_ACP)),
        /** Give a multipart upload up. */
        ABORT_UPLOAD("s3:abortmultipartupload", Reach.CHANGE, Of.OBJECT, Optional.of(Permission.WRITE)),
        /** See the parts of a multipart upload. */
        LIST_PARTS("s3:listmultipartuploadparts", Reach.LOOK, Of.OBJECT, Optional.of(Permission.WRITE)),
        /** See the multipart uploads of a bucket. */
        LIST_UPLOADS("s3:listbucketmultipartuploads", Reach.LOOK, Of.BUCKET, Optional.of(Permission.READ)),
        /** Ask where a bucket is. */
        READ_LOCATION("s3:getbucketlocation", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Ask whether a bucket keeps versions. */
        READ_VERSIONING("s3:getbucketversioning", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Switch versioning on or off. */
        WRITE_VERSIONING("s3:putbucketversioning", Reach.GOVERN, Of.BUCKET, Optional.empty()),
        /** Read whether versions can be locked. */
        READ_OBJECT_LOCK("s3:getbucketobjectlockconfiguration", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Let versions be locked. */
        WRITE_OBJECT_LOCK("s3:putbucketobjectlockconfiguration", Reach.GOVERN, Of.BUCKET, Optional.empty()),
        /** Read what becomes of objects by themselves. */
        READ_LIFECYCLE("s3:getlifecycleconfiguration", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Say what becomes of objects by themselves. */
        WRITE_LIFECYCLE("s3:putlifecycleconfiguration", Reach.GOVERN, Of.BUCKET, Optional.empty()),
        /** Read which events of a bucket are told. */
        READ_NOTIFICATIONS("s3:getbucketnotification", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Say which events of a bucket are told. */
        WRITE_NOTIFICATIONS("s3:putbucketnotification", Reach.GOVERN, Of.BUCKET, Optional.empty()),
        /** Read a bucket's tags. */
        READ_BUCKET_TAGS("s3:getbuckettagging", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Set or remove a bucket's tags. */
        WRITE_BUCKET_TAGS("s3:putbuckettagging", Reach.CHANGE, Of.BUCKET, Optional.empty()),
        /** Read a bucket's rules for web pages. */
        READ_CORS("s3:getbucketcors", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Set or remove a bucket's rules for web pages. */
        WRITE_CORS("s3:putbucketcors", Reach.CHANGE, Of.BUCKET, Optional.empty()),
        /** Read how a bucket is a website. */
        READ_WEBSITE("s3:getbucketwebsite", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Say how a bucket is a website. */
        WRITE_WEBSITE("s3:putbucketwebsite", Reach.CHANGE, Of.BUCKET, Optional.empty()),
        /** Say that a bucket is no website. */
        DELETE_WEBSITE("s3:deletebucketwebsite", Reach.CHANGE, Of.BUCKET, Optional.empty()),
        /** Read which key encrypts what is written to a bucket. */
        READ_ENCRYPTION("s3:getencryptionconfiguration", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Say which key encrypts what is written to a bucket. */
        WRITE_ENCRYPTION("s3:putencryptionconfiguration", Reach.GOVERN, Of.BUCKET, Optional.empty()),
        /** Read a bucket's access control list. */
        READ_BUCKET_ACL("s3:getbucketacl", Reach.LOOK, Of.BUCKET, Optional.of(Permission.READ_ACP)),
        /** Set a bucket's access control list. */
        WRITE_BUCKET_ACL("s3:putbucketacl", Reach.GOVERN, Of.BUCKET, Optional.of(Permission.WRITE_ACP)),
        /** Read a bucket's policy. */
        READ_POLICY("s3:getbucketpolicy", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Set a bucket's policy. */
        WRITE_POLICY("s3:putbucketpolicy", Reach.GOVERN, Of.BUCKET, Optional.empty()),
        /** Remove a bucket's policy. */
        DELETE_POLICY("s3:deletebucketpolicy", Reach.GOVERN, Of.BUCKET, Optional.empty()),
        /** Ask whether a bucket is public. */
        READ_POLICY_STATUS("s3:getbucketpolicystatus", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Read what keeps a bucket from being opened to the public. */
        READ_PUBLIC_ACCESS("s3:getbucketpublicaccessblock", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Change what keeps a bucket from being opened to the public. */
        WRITE_PUBLIC_ACCESS("s3:putbucketpublicaccessblock", Reach.GOVERN, Of.BUCKET, Optional.empty()),
        /** Ask whether access control lists count. */
        READ_OWNERSHIP("s3:getbucketownershipcontrols", Reach.LOOK, Of.BUCKET, Optional.empty()),
        /** Change whether access control lists count. */
        WRITE_OWNERSHIP("s3:putbucketownershipcontrols", Reach.GOVERN, Of.BUCKET, Optional.empty()),
        /** Change users and settings, and order upkeep. */
        ADMINISTER("varve:administer", Reach.ADMINISTER, Of.BUCKET, Optional.empty());

        /** Who may do it by role alone. */
        enum Reach {
            /** Every user. */
            LOOK,
            /** Users that may change something. */
            CHANGE,
            /** The bucket's owner, and administrators. */
            GOVERN,
            /** Administrators. */
            ADMINISTER
        }

        private enum Of {
            BUCKET,
            OBJECT
        }

        private final String policyName;
        private final Reach reach;
        private final Of of;
        private final Optional<Permission> permission;

        Action(String policyName, Reach reach, Of of, Optional<Permission> permission) {
            this.policyName = policyName;
            this.reach = reach;
            this.of = of;
            this.permission = permission;
        }

        /** The name in policies, in lower case. */
        String policyName() {
            return policyName;
        }

        Reach reach() {
            return reach;
        }

        /** Whether a policy's resource for it is an object, not a bucket. */
        boolean isOfObject() {
            return of == Of.OBJECT;
        }

        /** The permission of an access control list that allows it; empty if none does. */
        Optional<Permission> permission() {
            return permission;
        }

        /** Whether the bucket's list is asked, not the object's: writing is a matter of the bucket. */
        boolean isByBucketList() {
            return of == Of.BUCKET
                    || permission.filter(Permission.WRITE::equals).isPresent();
        }

        /** The action that the same request is if it names a version (user guide, "Actions, resources, and condition keys"). */
        public Action ofVersion() {
            return switch (this) {
                case READ -> READ_VERSION;
                case DELETE -> DELETE_VERSION;
                case READ_TAGS -> READ_VERSION_TAGS;
                case WRITE_TAGS -> WRITE_VERSION_TAGS;
                case DELETE_TAGS -> DELETE_VERSION_TAGS;
                case READ_ACL -> READ_VERSION_ACL;
                case WRITE_ACL -> WRITE_VERSION_ACL;
                default -> this;
            };
        }

        /** Whether it is about the policy itself. */
        boolean isOfPolicy() {
            return this == READ_POLICY || this == WRITE_POLICY || this == DELETE_POLICY;
        }
    }

    /** What was decided. */
    public enum Decision {
        ALLOWED,
        DENIED
    }

    /** An S3 key pair and who it stands for. */
    public record Credential(String accessKeyId, String secret, Principal principal) {
        /** Leaves out the secret, so that no log has it. */
        @Override
        public String toString() {
            return "Credential[" + accessKeyId + " of " + principal.name() + "]";
        }
    }

    /** How a login went. */
    public sealed interface Authentication {
        /** Name and password belong together. */
        record Granted(Principal principal) implements Authentication {}

        /** There is no such user, or the password is another; which of them is nobody's business. */
        record Denied() implements Authentication {}
    }

    /** How adding a user went. */
    public sealed interface UserAdded {
        /** It is done and durable. */
        record Added(Principal principal) implements UserAdded {}

        /** Nothing was changed; the reason is a sentence for the administrator. */
        record Refused(String reason) implements UserAdded {}
    }

    /** Before the namespace is there. */
    private static final class NoBuckets implements BucketSource {
        @Override
        public Optional<Kept> bucket(String name) {
            return Optional.empty();
        }

        @Override
        public Map<String, String> object(String bucket, String key, Optional<String> version) {
            return Map.of();
        }

        @Override
        public Instant now() {
            return Instant.EPOCH;
        }
    }

    private AccessControl(Committer committer, MasterKey masterKey, Credential root, Cost cost) throws IOException {
        this.committer = committer;
        this.masterKey = masterKey;
        this.changes = new AccountChanges(committer);
        this.root = root;
        this.accounts = Accounts.load(committer.view(), masterKey, digests, root);
        this.sessions = new Sessions(masterKey, () -> accounts);
        this.signIn = new ConsoleSignIn(() -> accounts, throttle, cost, this::renewHash);
    }

    /**
     * Reads all users.
     *
     * @param keys the existing directory where the master key lies or will lie
     * @param rootName the root user's name, also its access key
     * @param rootPassword the root user's password, also its secret key
     * @throws io.varve.storage.io.CorruptionException if the master key or a record is damaged. A secret that does not decrypt is only
     *     logged: its user cannot log in, and everybody else can
     */
    public static AccessControl open(Committer committer, Path keys, String rootName, String rootPassword)
            throws IOException {
        return open(committer, keys, rootName, rootPassword, PasswordHash.COST);
    }

    /** @param cost of new hashes of passwords */
    static AccessControl open(Committer committer, Path keys, String rootName, String rootPassword, Cost cost)
            throws IOException {
        Credential root = new Credential(rootName, rootPassword, new Principal(rootName, Role.ADMIN));
        AccessControl access = new AccessControl(committer, MasterKey.open(keys), root, cost);
        access.accounts.problems().forEach(LOG::warn);
        return access;
    }

    /**
     * Checks a user's name and password, in microseconds and in a time that tells nothing about either. A password that is for the
     * console alone is denied: that takes {@link #signIn}.
     */
    public Authentication authenticate(String name, String password) {
        return accounts.authenticate(name, password);
    }

    /**
     * Checks an access key and its secret, as a program sends them in the place of a name and a password: those of a key pair, or the
     * name and the password of a user whose password is for every door. It takes microseconds; that there is an access key is no secret.
     */
    public Authentication authenticateKey(String accessKeyId, String secret) {
        return accounts.credential(accessKeyId)
                .filter(known -> MessageDigest.isEqual(known.secret().getBytes(UTF_8), secret.getBytes(UTF_8)))
                .<Authentication>map(known -> new Authentication.Granted(known.principal()))
                .orElseGet(Authentication.Denied::new);
    }

    /** Signing in to the console, by passwords of every kind. */
    public ConsoleSignIn signIn() {
        return signIn;
    }

    /** What a user's password is good for. */
    public PasswordUse passwordUse(String name) {
        return accounts.hash(name).isPresent() ? PasswordUse.CONSOLE : PasswordUse.EVERY_DOOR;
    }

    /**
     * Returns the secret that belongs to an access key (the name of a user whose password is for every door, or the id of a key pair)
     * and who signs with it.
     */
    public Optional<Credential> credential(String accessKeyId) {
        return accounts.credential(accessKeyId);
    }

    /** What makes guessing slow; each door that looks at logins asks it, and tells it how they went. */
    public LoginThrottle throttle() {
        return throttle;
    }

    /** Says where the rules of buckets are; until then there are none but those of roles. */
    public void useBuckets(BucketSource source) {
        buckets = new BucketAccess(source, true);
    }

    /**
     * Says whom the role {@code USER} lets use a bucket.
     *
     * @param shared every user, as it is by itself, unless the bucket got an access control list, as buckets made over S3 do; else only
     *     the bucket's owner, beside administrators and whom its policy or its list allows
     */
    public void shareBuckets(boolean shared) {
        buckets = buckets.sharing(shared);
    }

    /**
     * Decides whether somebody may do something. It goes by the rights of now: who was removed since logging in may nothing, and who
     * got another role has its rights. What else is known of the request is taken from {@link #REQUEST}.
     *
     * @param principal who asks; {@link #ANONYMOUS} for who did not say
     * @param action what for
     * @param bucket the bucket; empty where the action concerns none
     * @param key the object's key; empty where the action concerns a whole bucket or none
     */
    public Decision decide(Principal principal, Action action, String bucket, String key) {
        return decide(principal, action, bucket, key, request(), About.ONE);
    }

    /**
     * Decides about another object than the request's own.
     *
     * @param version the id of the version that is meant; empty for the current one
     */
    public Decision decideOfVersion(Principal principal, Action action, String bucket, String key, String version) {
        return decide(principal, action, bucket, key, request().about(version), About.ONE);
    }

    /**
     * Decides whether somebody may do something with everything whose key begins as given, without looking at each: what a bucket's
     * policy may deny for one of them is denied for all, and who is let in by the policy alone needs it to allow all of them without
     * conditions.
     */
    public Decision decideBelow(Principal principal, Action action, String bucket, String prefix) {
        return decide(principal, action, bucket, prefix, request(), About.BELOW);
    }

    /** Decides for who is about to write an object, and so may say who else may use it unless the bucket's policy denies that. */
    public Decision decideOfOwn(Principal principal, Action action, String bucket, String key) {
        return decide(principal, action, bucket, key, request(), About.OWN);
    }

    /** Whether somebody who is known is let into a bucket by its policy or its lists alone, and so owns what they write there. */
    public boolean isGuest(Principal principal, String bucket) {
        return accounts.principal(principal.name())
                .filter(known -> buckets.isGuest(known, bucket))
                .isPresent();
    }

    /** Temporary credentials of users. */
    public Sessions sessions() {
        return sessions;
    }

    /** Whether there is a user of that name. */
    public boolean isUser(String name) {
        return accounts.principal(name).isPresent();
    }

    private static RequestContext request() {
        return REQUEST.orElse(RequestContext.NONE);
    }

    private Decision decide(
            Principal principal, Action action, String bucket, String key, RequestContext request, About about) {
        boolean anonymous = principal.equals(ANONYMOUS);
        Optional<Principal> known = anonymous ? Optional.empty() : accounts.principal(principal.name());
        if (known.isEmpty() && !anonymous) {
            return Decision.DENIED;
        }
        return buckets.decide(known, action, bucket, key, request, about);
    }

    /** Returns all users in the order of their names, root among them. */
    public List<Principal> users() {
        return accounts.principals();
    }

    /**
     * A key made of the master key for one purpose, 32 bytes. It is the same as long as the master key is, and tells nothing about it or
     * about keys for other purposes.
     */
    public byte[] deriveKey(String purpose) {
        return masterKey.derive(purpose);
    }

    /** Returns the configured user. */
    public Principal root() {
        return root.principal();
    }

    /** Adds a user whose password is for every door, see {@link #addUser(String, String, Role, PasswordUse)}. */
    public UserAdded addUser(String name, String password, Role role) throws IOException {
        return addUser(name, password, role, PasswordUse.EVERY_DOOR);
    }

    /**
     * Adds a user; {@link CredentialRules} says which names and passwords there may be.
     *
     * @throws PasswordsBusyException if the password is to be hashed, and too many are
     * @throws IOException if the change could not be made durable
     */
    public UserAdded addUser(String name, String password, Role role, PasswordUse use) throws IOException {
        Optional<String> problem =
                CredentialRules.problemWithName(name).or(() -> CredentialRules.problemWithPassword(password));
        if (problem.isPresent()) {
            return new UserAdded.Refused(problem.get());
        }
        byte[] record = UserRecord.seal(masterKey, name, role, AccountChanges.randomCreation(), stored(password, use))
                .encode();
        boolean added = !name.equals(root.accessKeyId()) && reloaded(changes.addUser(name, record));
        return added
                ? new UserAdded.Added(new Principal(name, role))
                : new UserAdded.Refused("There is a user or key pair '" + name + "' already: choose another name.");
    }

    private StoredPassword stored(String password, PasswordUse use) throws IOException {
        return switch (use) {
            case EVERY_DOOR -> new StoredPassword.Clear(password);
            case CONSOLE -> new StoredPassword.Hashed(signIn.hash(password));
        };
    }

    /**
     * Gives a user another password, another role, or both; what is not given stays.
     *
     * @param use what the new password is good for; another use than that of now needs another password, since the one of now lies
     *     encrypted in journals and backups, or was meant for one door only
     * @return what is wrong, a sentence; empty if it is done and durable
     * @throws PasswordsBusyException if the password is to be hashed, and too many are
     * @throws IOException if the change could not be made durable, or the password that is to stay does not decrypt
     */
    public Optional<String> changeUser(
            String name, Optional<String> password, Optional<Role> role, Optional<PasswordUse> use) throws IOException {
        PasswordUse before = passwordUse(name);
        boolean otherUse = use.isPresent() && use.get() != before;
        Optional<String> problem = password.flatMap(CredentialRules::problemWithPassword);
        if (problem.isPresent()) {
            return problem;
        }
        if (otherUse && (password.isEmpty() || isPassword(name, password.get()))) {
            return Optional.of(
                    "A password that is to be good for something else has to be another one: choose a new one.");
        }
        Optional<StoredPassword> wanted =
                password.isPresent() ? Optional.of(stored(password.get(), use.orElse(before))) : Optional.empty();
        boolean changed = reloaded(changes.changeUser(name, record -> {
            UserRecord old = UserRecord.decode(record);
            StoredPassword kept = wanted.isPresent() ? wanted.get() : old.unseal(masterKey, name);
            return UserRecord.seal(masterKey, name, role.orElse(old.role), old.creation, kept)
                    .encode();
        }));
        return changed ? Optional.empty() : Optional.of("There is no user '" + name + "' that can be changed.");
    }

    private boolean isPassword(String name, String password) throws IOException {
        Optional<PasswordHash> hash = accounts.hash(name);
        return hash.isPresent()
                ? signIn.isOf(password, hash.get())
                : authenticate(name, password) instanceof Authentication.Granted;
    }

    /** Keeps a dearer hash of the same password, unless the user has got another one meanwhile. */
    private void renewHash(String name, PasswordHash before, PasswordHash after) throws IOException {
        reloaded(changes.changeUser(name, record -> {
            UserRecord old = UserRecord.decode(record);
            boolean same = old.unseal(masterKey, name) instanceof StoredPassword.Hashed hashed
                    && hashed.hash().isSameAs(before);
            return same
                    ? UserRecord.seal(masterKey, name, old.role, old.creation, new StoredPassword.Hashed(after))
                            .encode()
                    : record;
        }));
    }

    /**
     * Removes a user and the user's key pairs.
     *
     * @return false if none of that name is stored; the root user is configured, not stored
     * @throws IOException if the change could not be made durable
     */
    public boolean removeUser(String name) throws IOException {
        return reloaded(changes.removeUser(name));
    }

    /** Returns the ids of the key pairs that were made for a user, who has name and password besides. */
    public List<String> keys(String user) {
        return accounts.accessKeyIds(user);
    }

    /**
     * Makes a further key pair for a user, root included, with random id and secret.
     *
     * @return the pair, empty if there is no such user
     * @throws IOException if the change could not be made durable
     */
    public Optional<Credential> addKey(String user) throws IOException {
        String id = AccountChanges.randomKeyId();
        byte[] record = KeyRecord.seal(masterKey, id, user, AccountChanges.randomSecret())
                .encode();
        boolean added = reloaded(changes.addKey(id, user, user.equals(root.accessKeyId()), record));
        return added ? accounts.credential(id) : Optional.empty();
    }

    /**
     * Removes a key pair that was made for a user; name and password stay.
     *
     * @return false if there is none of that id
     * @throws IOException if the change could not be made durable
     */
    public boolean removeKey(String accessKeyId) throws IOException {
        return reloaded(changes.removeKey(accessKeyId));
    }

    /** Reads everything back after a change, so that asking sees what is durable. */
    private boolean reloaded(boolean changed) throws IOException {
        synchronized (reloading) {
            accounts = Accounts.load(committer.view(), masterKey, digests, root);
        }
        return changed;
    }
}
