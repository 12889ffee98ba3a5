package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.AccessControl.Role;
import io.varve.storage.access.Sessions.Session;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Credentials that end by themselves: how they are asked for, what they may, and when they are refused. */
class TemporaryCredentialsIT extends AccessFixture {

    private static final String READ_ONE = """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "sts:*"],
             "Resource": "arn:aws:s3:::BUCKET/open/*"}]}
            """;

    private static RawClient.Answer ask(String accessKey, String secret, String form) throws IOException {
        byte[] body = form.getBytes(StandardCharsets.UTF_8);
        Map<String, String> headers = Map.of(
                "host",
                server.rawClient().host(),
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
                "content-length",
                Integer.toString(body.length));
        RequestSigner signer = new RequestSigner(accessKey, secret, Instant.now(), "sts");
        return server.rawClient()
                .exchange(
                        "POST",
                        "/",
                        signer.byHeader("POST", "/", "", headers, RequestSigner.sha256(body))
                                .headers(),
                        body);
    }

    private static RawClient.Answer askAsAlice(String parameters) throws IOException {
        return ask("alice", "alice-secret", "Version=2011-06-15&" + parameters);
    }

    private static String element(RawClient.Answer answer, String name) {
        String text = answer.text();
        assertThat(text).contains("<" + name + ">");
        return text.substring(text.indexOf("<" + name + ">") + name.length() + 2, text.indexOf("</" + name + ">"));
    }

    private static StaticCredentialsProvider credentials(String id, String secret, String token) {
        return StaticCredentialsProvider.create(AwsSessionCredentials.create(id, secret, token));
    }

    private static S3Client clientOf(RawClient.Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return client(credentials(
                element(answer, "AccessKeyId"), element(answer, "SecretAccessKey"), element(answer, "SessionToken")));
    }

    private static S3Client clientOf(Session session) {
        return client(credentials(session.accessKeyId(), session.secret(), session.token()));
    }

    private static Session issue(Instant expires) {
        return server.engine().access().sessions().issue(new Principal("alice", Role.USER), expires, "");
    }

    @Test
    void aSessionMayWhatItsUserMay() throws IOException {
        RawClient.Answer answer = askAsAlice("Action=GetSessionToken&DurationSeconds=900");
        assertThat(Instant.parse(element(answer, "Expiration")))
                .isBetween(Instant.now().plusSeconds(600), Instant.now().plusSeconds(900));
        try (S3Client session = clientOf(answer)) {
            write(session, "b");
            assertThat(read(session, "b")).isEqualTo("content of b");
            assertThat(session.getBucketAcl(b -> b.bucket(bucket)).owner().id()).isEqualTo("alice");
            assertDenied(() -> session.deleteBucket(b -> b.bucket("sdk")));
        }
        assertThat(element(askAsAlice("Action=GetCallerIdentity"), "Arn")).endsWith(":user/alice");
    }

    @Test
    void presignedAddressesCarryTheToken() throws IOException {
        Session issued = issue(Instant.now().plusSeconds(900));
        try (S3Presigner presigner = S3Presigner.builder()
                .endpointOverride(server.endpoint())
                .region(Region.US_EAST_1)
                .serviceConfiguration(
                        S3Configuration.builder().pathStyleAccessEnabled(true).build())
                .credentialsProvider(credentials(issued.accessKeyId(), issued.secret(), issued.token()))
                .build()) {
            String address = presigner
                    .presignGetObject(p -> p.signatureDuration(Duration.ofMinutes(5))
                            .getObjectRequest(g -> g.bucket(bucket).key("open/a")))
                    .url()
                    .getFile();
            RawClient raw = server.rawClient();
            assertThat(raw.exchange("GET", address, Map.of("host", raw.host()), new byte[0])
                            .text())
                    .isEqualTo("content of open/a");
            String without = address.replaceAll("X-Amz-Security-Token=[^&]*&?", "");
            assertThat(raw.exchange("GET", without, Map.of("host", raw.host()), new byte[0])
                            .code())
                    .isEqualTo("InvalidAccessKeyId");
        }
    }

    @Test
    void aPolicyMakesASessionLessThanItsUser() throws IOException {
        write(alice, "closed");
        String policy = URLEncoder.encode(READ_ONE.replace("BUCKET", bucket), StandardCharsets.UTF_8);
        String role = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=tests&Policy=";
        RawClient.Answer answer = askAsAlice(role + policy);
        assertThat(element(answer, "AssumedRoleId")).isEqualTo("alice:tests");
        try (S3Client session = clientOf(answer)) {
            assertThat(read(session, "open/a")).isEqualTo("content of open/a");
            assertDenied(() -> read(session, "closed"));
            assertDenied(() -> write(session, "open/b"));
            assertDenied(() -> session.listObjectsV2(b -> b.bucket(bucket)));
            assertThat(session.listBuckets().buckets()).isEmpty();
        }
        assertThat(askAsAlice(role + "%7B%7D").code()).isEqualTo("MalformedPolicyDocument");
        assertThat(askAsAlice(role + "x".repeat(2049)).code()).isEqualTo("MalformedPolicyDocument");
    }

    @Test
    void sessionsThatAreNotRightAreRefused() throws IOException {
        try (S3Client ended = clientOf(issue(Instant.now().minusSeconds(1)))) {
            assertRefused(() -> read(ended, "open/a"), "ExpiredToken");
        }
        Session issued = issue(Instant.now().plusSeconds(900));
        Session other = issue(Instant.now().plusSeconds(900));
        try (S3Client mixed = client(credentials(issued.accessKeyId(), issued.secret(), other.token()))) {
            assertRefused(() -> read(mixed, "open/a"), "InvalidToken");
        }
        try (S3Client changed = client(credentials(
                issued.accessKeyId(), issued.secret(), issued.token().substring(1)))) {
            assertRefused(() -> read(changed, "open/a"), "InvalidToken");
        }
        try (S3Client plain = client(credentials("alice", "alice-secret", issued.token()))) {
            assertRefused(() -> read(plain, "open/a"), "InvalidToken");
        }
        server.engine().access().addUser("carol", "carol-secret", Role.USER);
        Session ofCarol = server.engine()
                .access()
                .sessions()
                .issue(new Principal("carol", Role.USER), Instant.now().plusSeconds(900), "");
        try (S3Client carol = clientOf(ofCarol)) {
            assertThat(carol.listBuckets().buckets()).isEmpty();
        }
        server.engine().access().removeUser("carol");
        try (S3Client carol = clientOf(ofCarol)) {
            assertRefused(carol::listBuckets, "InvalidToken");
        }
    }

    @Test
    void onlyWhoIsKnownByKeysOfTheirOwnGetsSessions() throws IOException {
        assertThat(ask("alice", "wrong-secret", "Version=2011-06-15&Action=GetSessionToken")
                        .code())
                .isEqualTo("SignatureDoesNotMatch");
        byte[] body = "Version=2011-06-15&Action=GetSessionToken".getBytes(StandardCharsets.UTF_8);
        Map<String, String> unsigned = Map.of(
                "host",
                server.rawClient().host(),
                "content-type",
                "application/x-www-form-urlencoded",
                "content-length",
                Integer.toString(body.length));
        assertThat(server.rawClient().exchange("POST", "/", unsigned, body).code())
                .isEqualTo("AccessDenied");
        assertThat(server.rawClient().send("POST", "/", unsigned, body).code())
                .as("signed for S3")
                .isEqualTo("AuthorizationHeaderMalformed");
        assertThat(askAsAlice("Action=GetFederationToken").code()).isEqualTo("InvalidAction");
        assertThat(askAsAlice("Action=GetSessionToken&DurationSeconds=899").code())
                .isEqualTo("ValidationError");
        assertThat(ask("alice", "alice-secret", "Action=GetSessionToken").code())
                .isEqualTo("InvalidAction");
    }
}
