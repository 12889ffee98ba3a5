package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.Grant;
import software.amazon.awssdk.services.s3.model.Grantee;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.ObjectOwnership;
import software.amazon.awssdk.services.s3.model.Owner;
import software.amazon.awssdk.services.s3.model.OwnershipControlsRule;
import software.amazon.awssdk.services.s3.model.Permission;
import software.amazon.awssdk.services.s3.model.Type;

/** Access control lists, and who owns what. */
class AwsSdkAccessListsIT extends AccessFixture {

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
    void eachVersionHasAListOfItsOwn() {
        alice.putBucketVersioning(
                b -> b.bucket(bucket).versioningConfiguration(v -> v.status(BucketVersioningStatus.ENABLED)));
        String secret = alice.putObject(b -> b.bucket(bucket).key("v"), RequestBody.fromString("secret"))
                .versionId();
        String open = alice.putObject(
                        b -> b.bucket(bucket).key("v").grantRead("id=bob"), RequestBody.fromString("open"))
                .versionId();
        assertThat(read(bob, "v")).isEqualTo("open");
        assertDenied(() -> readVersion(bob, secret));
        assertDenied(() -> copyVersion(bob, secret));
        write(alice, "v");
        assertDenied(() -> read(bob, "v"));
        assertThat(readVersion(bob, open)).isEqualTo("open");
        bob.createBucket(b -> b.bucket(bucket + "-of-bob"));
        copyVersion(bob, open);
        // The version in the query is not the copy's source.
        assertDenied(() -> bob.copyObject(b -> b.sourceBucket(bucket)
                .sourceKey("v")
                .destinationBucket(bucket + "-of-bob")
                .destinationKey("v")
                .overrideConfiguration(c -> c.putRawQueryParameter("versionId", open))));
    }

    private String readVersion(S3Client client, String version) {
        return client.getObjectAsBytes(b -> b.bucket(bucket).key("v").versionId(version))
                .asUtf8String();
    }

    private void copyVersion(S3Client client, String version) {
        client.copyObject(b -> b.sourceBucket(bucket)
                .sourceKey("v")
                .sourceVersionId(version)
                .destinationBucket(bucket + "-of-bob")
                .destinationKey("v"));
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
}
