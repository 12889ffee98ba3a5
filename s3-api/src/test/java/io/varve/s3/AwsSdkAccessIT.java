package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.access.AccessControl.Role;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.Grant;
import software.amazon.awssdk.services.s3.model.Grantee;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.ObjectOwnership;
import software.amazon.awssdk.services.s3.model.Owner;
import software.amazon.awssdk.services.s3.model.OwnershipControlsRule;
import software.amazon.awssdk.services.s3.model.Permission;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.Type;

/** Policies, access control lists and what keeps buckets from the public, as four kinds of callers meet them. */
class AwsSdkAccessIT extends AwsSdkFixture {

    private static final AtomicInteger BUCKETS = new AtomicInteger();

    private static S3Client alice;
    private static S3Client bob;
    private static S3Client reader;
    private static S3Client stranger;

    private String bucket = "";

    @BeforeAll
    static void addUsers() throws IOException {
        server.engine().access().addUser("alice", "alice-secret", Role.USER);
        server.engine().access().addUser("bob", "bob-secret", Role.USER);
        server.engine().access().addUser("reader", "reader-secret", Role.READONLY);
        alice = client(user("alice"));
        bob = client(user("bob"));
        reader = client(user("reader"));
        stranger = client(AnonymousCredentialsProvider.create());
    }

    private static AwsCredentialsProvider user(String name) {
        return StaticCredentialsProvider.create(AwsBasicCredentials.create(name, name + "-secret"));
    }

    private static S3Client client(AwsCredentialsProvider credentials) {
        return S3Client.builder()
                .endpointOverride(server.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials)
                .build();
    }

    @AfterAll
    static void closeClients() {
        alice.close();
        bob.close();
        reader.close();
        stranger.close();
    }

    /** Alice makes a bucket with an object. */
    @BeforeEach
    void makeBucket() {
        bucket = "access-" + BUCKETS.incrementAndGet();
        alice.createBucket(b -> b.bucket(bucket));
        write(alice, "open/a");
    }

    private void write(S3Client client, String key) {
        client.putObject(b -> b.bucket(bucket).key(key), RequestBody.fromString("content of " + key));
    }

    private String read(S3Client client, String key) {
        return client.getObjectAsBytes(b -> b.bucket(bucket).key(key)).asUtf8String();
    }

    private void setPolicy(S3Client client, String statements) {
        String text = "{'Version':'2012-10-17','Statement':[" + statements + "]}";
        client.putBucketPolicy(
                b -> b.bucket(bucket).policy(text.replace('\'', '"').replace("BUCKET", "arn:aws:s3:::" + bucket)));
    }

    private void closeToPublic() {
        alice.putPublicAccessBlock(b -> b.bucket(bucket)
                .publicAccessBlockConfiguration(c -> c.blockPublicAcls(true)
                        .ignorePublicAcls(true)
                        .blockPublicPolicy(true)
                        .restrictPublicBuckets(true)));
    }

    private void openToPublic() {
        alice.deletePublicAccessBlock(b -> b.bucket(bucket));
    }

    private static void assertRefused(Runnable call, String code) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        S3Exception.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code));
    }

    private static void assertDenied(Runnable call) {
        assertRefused(call, "AccessDenied");
    }

    private static final String READ_OPEN =
            "{'Effect':'Allow','Principal':'*','Action':'s3:GetObject','Resource':'BUCKET/open/*'}";

    @Test
    void strangersMayNothingUntilAPolicySaysSo() {
        assertDenied(() -> read(stranger, "open/a"));
        assertDenied(() -> read(stranger, "missing"));
        assertDenied(() -> stranger.listObjectsV2(b -> b.bucket(bucket)));
        assertRefused(() -> stranger.listObjectsV2(b -> b.bucket("no-such-bucket")), "NoSuchBucket");
        assertThat(stranger.listBuckets().buckets()).isEmpty();
        assertDenied(() -> write(stranger, "open/b"));
        assertDenied(() -> stranger.createBucket(b -> b.bucket("strangers")));
        assertRefused(() -> alice.getBucketPolicy(b -> b.bucket(bucket)), "NoSuchBucketPolicy");
        closeToPublic();
        assertDenied(() -> setPolicy(alice, READ_OPEN));
        openToPublic();
        setPolicy(alice, READ_OPEN);
        assertThat(read(stranger, "open/a")).isEqualTo("content of open/a");
        assertDenied(() -> read(stranger, "open/missing"));
        assertDenied(() -> read(stranger, "closed"));
        assertDenied(() -> write(stranger, "open/b"));
        assertDenied(() -> stranger.listObjectsV2(b -> b.bucket(bucket)));
        assertThat(alice.getBucketPolicyStatus(b -> b.bucket(bucket))
                        .policyStatus()
                        .isPublic())
                .isTrue();
        assertThat(alice.getBucketPolicy(b -> b.bucket(bucket)).policy()).contains("open/*");
        alice.putPublicAccessBlock(
                b -> b.bucket(bucket).publicAccessBlockConfiguration(c -> c.restrictPublicBuckets(true)));
        assertDenied(() -> read(stranger, "open/a"));
        assertDenied(() -> read(bob, "open/a"));
        assertThat(read(alice, "open/a")).isNotEmpty();
        openToPublic();
        alice.deleteBucketPolicy(b -> b.bucket(bucket));
        assertDenied(() -> read(stranger, "open/a"));
    }

    @Test
    void aStrangerWhoMayListIsToldWhatIsMissing() {
        setPolicy(
                alice,
                READ_OPEN + ",{'Effect':'Allow','Principal':'*','Action':'s3:ListBucket','Resource':'BUCKET',"
                        + "'Condition':{'StringLike':{'s3:prefix':'open/*'}}}");
        assertThat(stranger.listObjectsV2(b -> b.bucket(bucket).prefix("open/")).contents())
                .hasSize(1);
        assertDenied(() -> stranger.listObjectsV2(b -> b.bucket(bucket)));
        setPolicy(
                alice, READ_OPEN + ",{'Effect':'Allow','Principal':'*','Action':'s3:ListBucket','Resource':'BUCKET'}");
        assertRefused(() -> read(stranger, "open/missing"), "NoSuchKey");
    }

    @Test
    void strangersCanWriteWhereTheyMay() throws IOException {
        openToPublic();
        setPolicy(alice, "{'Effect':'Allow','Principal':'*','Action':'s3:PutObject','Resource':'BUCKET/inbox/*'}");
        write(stranger, "inbox/a");
        assertThat(read(alice, "inbox/a")).isEqualTo("content of inbox/a");
        assertDenied(() -> write(stranger, "a"));
        assertDenied(() -> stranger.deleteObject(b -> b.bucket(bucket).key("inbox/a")));
        RawClient raw = server.rawClient();
        Map<String, String> signed = Map.of(
                "host",
                raw.host(),
                "content-length",
                "1",
                "x-amz-content-sha256",
                "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
        assertThat(raw.exchange("PUT", "/" + bucket + "/inbox/b", signed, new byte[] {'0'})
                        .code())
                .isEqualTo("AccessDenied");
    }

    @Test
    void onlySignedRequestsChooseTheHeadersOfTheirAnswer() throws IOException {
        openToPublic();
        setPolicy(alice, READ_OPEN);
        RawClient raw = server.rawClient();
        String target = "/" + bucket + "/open/a?response-content-type=text/html";
        assertThat(raw.exchange("GET", target, Map.of("host", raw.host()), new byte[0])
                        .code())
                .isEqualTo("InvalidRequest");
    }

    @Test
    void whatIsDeniedIsDeniedToAll() {
        setPolicy(
                alice,
                "{'Effect':'Deny','Principal':'*','Action':['s3:DeleteObject','s3:PutObject'],"
                        + "'Resource':'BUCKET/open/*'}");
        for (S3Client client : new S3Client[] {alice, bob, s3}) {
            assertDenied(() -> client.deleteObject(b -> b.bucket(bucket).key("open/a")));
            assertDenied(() -> write(client, "open/a"));
            assertDenied(() -> client.copyObject(b -> b.sourceBucket(bucket)
                    .sourceKey("open/a")
                    .destinationBucket(bucket)
                    .destinationKey("open/b")));
        }
        write(alice, "elsewhere");
        var outcome = alice.deleteObjects(b -> b.bucket(bucket)
                .delete(Delete.builder()
                        .objects(
                                ObjectIdentifier.builder().key("elsewhere").build(),
                                ObjectIdentifier.builder().key("open/a").build())
                        .build()));
        assertThat(outcome.deleted()).extracting(d -> d.key()).containsExactly("elsewhere");
        assertThat(outcome.errors()).extracting(e -> e.code()).containsExactly("AccessDenied");
    }

    @Test
    void nobodyLocksEverybodyOut() {
        setPolicy(alice, "{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':['BUCKET','BUCKET/*']}");
        assertDenied(() -> read(alice, "open/a"));
        assertDenied(() -> read(s3, "open/a"));
        assertDenied(() -> bob.deleteBucketPolicy(b -> b.bucket(bucket)));
        alice.deleteBucketPolicy(b -> b.bucket(bucket));
        assertThat(read(alice, "open/a")).isEqualTo("content of open/a");
    }

    @Test
    void onlyTheOwnerAndAdministratorsSayWhoMayWhat() {
        assertDenied(() -> setPolicy(bob, READ_OPEN));
        assertDenied(() -> bob.deletePublicAccessBlock(b -> b.bucket(bucket)));
        assertDenied(() -> bob.putBucketOwnershipControls(b -> b.bucket(bucket)
                .ownershipControls(o -> o.rules(OwnershipControlsRule.builder()
                        .objectOwnership(ObjectOwnership.OBJECT_WRITER)
                        .build()))));
        assertDenied(() -> bob.putBucketAcl(b -> b.bucket(bucket).acl(BucketCannedACL.PRIVATE)));
        s3.deletePublicAccessBlock(b -> b.bucket(bucket));
        setPolicy(s3, READ_OPEN);
    }

    @Test
    void aPolicyGivesMoreThanARole() {
        assertDenied(() -> write(reader, "inbox/a"));
        setPolicy(
                alice,
                "{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::000000000000:user/reader'},"
                        + "'Action':['s3:PutObject','s3:AbortMultipartUpload'],'Resource':'BUCKET/inbox/*'}");
        write(reader, "inbox/a");
        assertDenied(() -> write(reader, "a"));
        String id = reader.createMultipartUpload(b -> b.bucket(bucket).key("inbox/m"))
                .uploadId();
        reader.abortMultipartUpload(b -> b.bucket(bucket).key("inbox/m").uploadId(id));
    }

    @Test
    void tagsDecide() {
        setPolicy(
                alice,
                "{'Effect':'Allow','Principal':{'AWS':'bob'},'Action':'s3:GetObject','Resource':'BUCKET/*'},"
                        + "{'Effect':'Deny','Principal':{'AWS':'bob'},'Action':'s3:GetObject','Resource':'BUCKET/*',"
                        + "'Condition':{'StringEquals':{'s3:ExistingObjectTag/secret':'yes'}}}");
        assertThat(read(bob, "open/a")).isNotEmpty();
        alice.putObject(b -> b.bucket(bucket).key("hidden").tagging("secret=yes"), RequestBody.fromString("x"));
        assertDenied(() -> read(bob, "hidden"));
        assertThat(read(alice, "hidden")).isEqualTo("x");
    }

    @Test
    void listsCountUnlessOwnershipSaysOtherwise() {
        assertRefused(() -> alice.getBucketOwnershipControls(b -> b.bucket(bucket)), "OwnershipControlsNotFoundError");
        setOwnership(ObjectOwnership.BUCKET_OWNER_ENFORCED);
        assertThat(alice.getBucketAcl(b -> b.bucket(bucket)).grants())
                .singleElement()
                .satisfies(grant -> assertThat(grant.grantee().id()).isEqualTo("alice"));
        alice.putBucketAcl(b -> b.bucket(bucket).acl(BucketCannedACL.PRIVATE));
        assertRefused(
                () -> alice.putBucketAcl(b -> b.bucket(bucket).acl(BucketCannedACL.PUBLIC_READ)),
                "AccessControlListNotSupported");
        assertRefused(
                () -> alice.putObject(
                        b -> b.bucket(bucket).key("x").acl(ObjectCannedACL.PUBLIC_READ), RequestBody.fromString("x")),
                "AccessControlListNotSupported");
        assertThat(alice.getBucketOwnershipControls(b -> b.bucket(bucket))
                        .ownershipControls()
                        .rules()
                        .getFirst()
                        .objectOwnership())
                .isEqualTo(ObjectOwnership.BUCKET_OWNER_ENFORCED);
        setOwnership(ObjectOwnership.BUCKET_OWNER_PREFERRED);
        closeToPublic();
        assertDenied(() -> alice.putBucketAcl(b -> b.bucket(bucket).acl(BucketCannedACL.PUBLIC_READ)));
        openToPublic();
        assertRefused(() -> alice.getPublicAccessBlock(b -> b.bucket(bucket)), "NoSuchPublicAccessBlockConfiguration");
        alice.putBucketAcl(b -> b.bucket(bucket).acl(BucketCannedACL.PUBLIC_READ));
        assertThat(stranger.listObjectsV2(b -> b.bucket(bucket)).contents()).hasSize(1);
        assertDenied(() -> read(stranger, "open/a"));
        alice.putObjectAcl(b -> b.bucket(bucket).key("open/a").acl(ObjectCannedACL.PUBLIC_READ));
        assertThat(read(stranger, "open/a")).isEqualTo("content of open/a");
        assertRefused(() -> setOwnership(ObjectOwnership.BUCKET_OWNER_ENFORCED), "InvalidBucketAclWithObjectOwnership");
        alice.putPublicAccessBlock(b -> b.bucket(bucket).publicAccessBlockConfiguration(c -> c.ignorePublicAcls(true)));
        assertDenied(() -> read(stranger, "open/a"));
        openToPublic();
        write(alice, "open/a");
        assertDenied(() -> read(stranger, "open/a"));
    }

    private void setOwnership(ObjectOwnership ownership) {
        alice.putBucketOwnershipControls(b -> b.bucket(bucket)
                .ownershipControls(o -> o.rules(OwnershipControlsRule.builder()
                        .objectOwnership(ownership)
                        .build())));
    }

    @Test
    void grantsAreKeptAndGivenBack() {
        setOwnership(ObjectOwnership.OBJECT_WRITER);
        Grant forReader = Grant.builder()
                .grantee(
                        Grantee.builder().type(Type.CANONICAL_USER).id("reader").build())
                .permission(Permission.WRITE)
                .build();
        Owner owner = Owner.builder().id("alice").build();
        alice.putBucketAcl(
                b -> b.bucket(bucket).accessControlPolicy(p -> p.owner(owner).grants(List.of(forReader))));
        assertThat(alice.getBucketAcl(b -> b.bucket(bucket)).grants())
                .singleElement()
                .satisfies(grant -> {
                    assertThat(grant.grantee().id()).isEqualTo("reader");
                    assertThat(grant.permission()).isEqualTo(Permission.WRITE);
                });
        write(reader, "from-reader");
        alice.putObjectAcl(b -> b.bucket(bucket)
                .key("open/a")
                .grantRead("uri=\"http://acs.amazonaws.com/groups/global/AuthenticatedUsers\"")
                .grantFullControl("id=\"alice\""));
        assertThat(alice.getObjectAcl(b -> b.bucket(bucket).key("open/a")).grants())
                .extracting(grant -> grant.permission() + " " + grant.grantee().type())
                .containsExactlyInAnyOrder("READ Group", "FULL_CONTROL CanonicalUser");
    }

    @Test
    void bucketsAreMadeWithListsIfAskedFor() {
        assertRefused(
                () -> alice.createBucket(b -> b.bucket(bucket + "-a")
                        .objectOwnership(ObjectOwnership.BUCKET_OWNER_ENFORCED)
                        .acl(BucketCannedACL.PUBLIC_READ)),
                "InvalidBucketAclWithObjectOwnership");
        alice.createBucket(b -> b.bucket(bucket + "-b").objectOwnership(ObjectOwnership.BUCKET_OWNER_PREFERRED));
        assertThat(alice.getBucketOwnershipControls(b -> b.bucket(bucket + "-b"))
                        .ownershipControls()
                        .rules()
                        .getFirst()
                        .objectOwnership())
                .isEqualTo(ObjectOwnership.BUCKET_OWNER_PREFERRED);
        alice.createBucket(b -> b.bucket(bucket + "-c").acl(BucketCannedACL.PUBLIC_READ));
        assertThat(stranger.listObjectsV2(b -> b.bucket(bucket + "-c")).contents())
                .isEmpty();
    }

    @Test
    void bucketsWithoutAListAreForAllUsersUnlessASettingSaysOtherwise() {
        String shared = bucket + "-shared";
        server.engine().namespace().createBucket(shared, "alice");
        bob.putObject(b -> b.bucket(shared).key("k"), RequestBody.fromString("of bob"));
        assertThat(alice.getObjectAsBytes(b -> b.bucket(shared).key("k")).asUtf8String())
                .isEqualTo("of bob");
        assertThat(bob.listBuckets().buckets()).anyMatch(found -> found.name().equals(shared));
        server.engine().access().shareBuckets(false);
        try {
            assertDenied(() -> bob.getObjectAsBytes(b -> b.bucket(shared).key("k")));
        } finally {
            server.engine().access().shareBuckets(true);
        }
        alice.putBucketAcl(b -> b.bucket(shared).acl(BucketCannedACL.PRIVATE));
        assertDenied(() -> bob.getObjectAsBytes(b -> b.bucket(shared).key("k")));
    }

    @Test
    void anObjectBelongsToWhomAListLetsWriteIt() {
        alice.putBucketAcl(b -> b.bucket(bucket).acl(BucketCannedACL.PUBLIC_READ_WRITE));
        write(bob, "of-bob");
        assertThat(bob.getObjectAcl(b -> b.bucket(bucket).key("of-bob")).owner().id())
                .isEqualTo("bob");
        assertThat(read(bob, "of-bob")).isNotEmpty();
        assertDenied(() -> read(alice, "of-bob"));
        assertDenied(() -> alice.getObjectAcl(b -> b.bucket(bucket).key("of-bob")));
        assertThat(alice.listObjects(b -> b.bucket(bucket).prefix("of-bob"))
                        .contents()
                        .getFirst()
                        .owner()
                        .id())
                .isEqualTo("bob");
        bob.putObjectAcl(b -> b.bucket(bucket).key("of-bob").acl(ObjectCannedACL.BUCKET_OWNER_READ));
        assertThat(read(alice, "of-bob")).isNotEmpty();
        bob.copyObject(b -> b.sourceBucket(bucket)
                .sourceKey("of-bob")
                .destinationBucket(bucket)
                .destinationKey("copy"));
        assertDenied(() -> read(alice, "copy"));
        alice.deleteObject(b -> b.bucket(bucket).key("of-bob"));
        alice.putBucketOwnershipControls(b -> b.bucket(bucket)
                .ownershipControls(c -> c.rules(OwnershipControlsRule.builder()
                        .objectOwnership(ObjectOwnership.BUCKET_OWNER_PREFERRED)
                        .build())));
        bob.putObject(
                b -> b.bucket(bucket).key("given").acl(ObjectCannedACL.BUCKET_OWNER_FULL_CONTROL),
                RequestBody.fromString("x"));
        assertThat(read(alice, "given")).isEqualTo("x");
    }

    @Test
    void listsSayTheirGrantsInOrder() {
        alice.putBucketAcl(b -> b.bucket(bucket).acl(BucketCannedACL.PUBLIC_READ_WRITE));
        assertThat(alice.getBucketAcl(b -> b.bucket(bucket)).grants())
                .extracting(grant -> grant.permissionAsString())
                .containsExactly("READ", "WRITE", "FULL_CONTROL");
        alice.putObjectAcl(b -> b.bucket(bucket)
                .key("open/a")
                .grantFullControl("id=bob")
                .grantRead("id=bob")
                .grantReadACP("id=bob")
                .grantWriteACP("id=bob"));
        assertThat(alice.getObjectAcl(b -> b.bucket(bucket).key("open/a")).grants())
                .extracting(grant -> grant.permissionAsString())
                .containsExactly("READ", "READ_ACP", "WRITE_ACP", "FULL_CONTROL");
        assertRefused(() -> alice.putBucketAcl(b -> b.bucket(bucket).grantRead("id=nobody")), "InvalidArgument");
        assertRefused(
                () -> alice.putBucketAcl(b -> b.bucket(bucket).grantRead("emailAddress=nobody@example.org")),
                "UnresolvableGrantByEmailAddress");
    }

    @Test
    void anOwnerCanGiveUpTheRightToWrite() {
        alice.putBucketAcl(b -> b.bucket(bucket)
                .accessControlPolicy(
                        p -> p.owner(o -> o.id("alice").displayName("alice")).grants(List.of())));
        assertDenied(() -> write(alice, "x"));
        assertThat(read(alice, "open/a")).isNotEmpty();
        alice.putBucketAcl(b -> b.bucket(bucket).acl(BucketCannedACL.PRIVATE));
        write(alice, "x");
    }

    @Test
    void aBucketIsMadeOnceMoreOnlyAsItIs() {
        alice.createBucket(b -> b.bucket(bucket));
        assertThat(read(alice, "open/a")).isNotEmpty();
        assertRefused(
                () -> alice.createBucket(b -> b.bucket(bucket).acl(BucketCannedACL.PUBLIC_READ)),
                "BucketAlreadyExists");
        assertRefused(
                () -> alice.createBucket(
                        b -> b.bucket(bucket).createBucketConfiguration(c -> c.locationConstraint("eu-west-1"))),
                "BucketAlreadyOwnedByYou");
        assertRefused(() -> bob.createBucket(b -> b.bucket(bucket)), "BucketAlreadyExists");
        alice.createBucket(
                b -> b.bucket(bucket + "-eu").createBucketConfiguration(c -> c.locationConstraint("eu-west-1")));
        assertThat(alice.getBucketLocation(b -> b.bucket(bucket + "-eu")).locationConstraintAsString())
                .isEqualTo("eu-west-1");
    }

    @Test
    void bucketsMadeOverS3AreTheirOwnersOnly() {
        assertDenied(() -> read(bob, "open/a"));
        assertDenied(() -> write(bob, "x"));
        assertDenied(() -> bob.listObjectsV2(b -> b.bucket(bucket)));
        assertThat(bob.listBuckets().buckets()).noneMatch(found -> found.name().equals(bucket));
        assertThat(alice.listBuckets().buckets()).anyMatch(found -> found.name().equals(bucket));
        assertThat(read(alice, "open/a")).isNotEmpty();
        assertThat(read(s3, "open/a")).isNotEmpty();
        alice.putObjectAcl(b -> b.bucket(bucket).key("open/a").grantRead("id=\"bob\""));
        assertThat(read(bob, "open/a")).isNotEmpty();
        bob.createBucket(b -> b.bucket(bucket + "-of-bob"));
        assertDenied(() -> alice.deleteBucket(b -> b.bucket(bucket + "-of-bob")));
    }

    @Test
    void refusesPoliciesItCannotKeep() {
        assertRefused(() -> alice.putBucketPolicy(b -> b.bucket(bucket).policy("{}")), "MalformedPolicy");
        assertRefused(
                () -> setPolicy(
                        alice,
                        "{'Effect':'Allow','Principal':{'AWS':'bob'},'Action':'s3:*','Resource':'arn:aws:s3:::other/*'}"),
                "MalformedPolicy");
    }
}
