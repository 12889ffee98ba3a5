package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.RawClient.Answer;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/** Uploads by a form, as a browser sends them. */
class RawFormIT extends RawHttpFixture {

    private static final String POLICY =
            "{'expiration':'2099-01-01T00:00:00Z','conditions':[{'bucket':'raw'},['starts-with','$key','form/'],"
                    + "['starts-with','$content-type',''],['starts-with','$success_action_status',''],"
                    + "['starts-with','$success_action_redirect',''],['starts-with','$x-amz-meta-m',''],"
                    + "['starts-with','$tagging',''],['starts-with','$x-amz-algorithm',''],"
                    + "['starts-with','$x-amz-credential',''],['starts-with','$x-amz-date',''],"
                    + "['content-length-range',3,1000]]}";

    private static Map<String, String> signed(String policy, String... fields) {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 2) {
            all.put(fields[i], fields[i + 1]);
        }
        all.putAll(client.signer().form(Base64.getEncoder().encodeToString(bytes(policy.replace('\'', '"')))));
        return all;
    }

    private static Answer post(Map<String, String> fields, byte[] file) throws IOException {
        StringBuilder form = new StringBuilder();
        fields.forEach((name, value) -> form.append("--xx\r\nContent-Disposition: form-data; name=\"")
                .append(name)
                .append("\"\r\n\r\n")
                .append(value)
                .append("\r\n"));
        form.append("--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ä b.txt\"")
                .append("\r\nContent-Type: text/plain\r\n\r\n");
        byte[] head = bytes(form.toString());
        byte[] tail = bytes("\r\n--xx--\r\n");
        byte[] body = new byte[head.length + file.length + tail.length];
        System.arraycopy(head, 0, body, 0, head.length);
        System.arraycopy(file, 0, body, head.length, file.length);
        System.arraycopy(tail, 0, body, head.length + file.length, tail.length);
        Map<String, String> headers = Map.of(
                "host",
                client.host(),
                "content-type",
                "multipart/form-data; boundary=xx",
                "content-length",
                Integer.toString(body.length));
        return client.exchange("POST", "/raw", headers, body);
    }

    @Test
    void storesWhatThePolicyAllows() throws IOException {
        byte[] file = random(500);
        Answer answer = post(
                signed(
                        POLICY,
                        "key",
                        "form/${filename}",
                        "Content-Type",
                        "image/png",
                        "x-amz-meta-m",
                        "v",
                        "tagging",
                        "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"),
                file);
        assertThat(answer.status()).as(answer.text()).isEqualTo(204);
        Answer stored = client.send("GET", "/raw/form/%C3%A4%20b.txt");
        assertThat(stored.body()).isEqualTo(file);
        assertThat(stored.headers())
                .containsEntry("content-type", "image/png")
                .containsEntry("x-amz-meta-m", "v")
                .containsEntry("x-amz-tagging-count", "1")
                .containsEntry("etag", answer.headers().get("etag"));
    }

    @Test
    void answersAsTheFormAsks() throws IOException {
        Answer created = post(signed(POLICY, "key", "form/201", "success_action_status", "201"), bytes("abc"));
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.text()).contains("<PostResponse>", "<Key>form/201</Key>", "<Bucket>raw</Bucket>");
        Answer redirected = post(
                signed(POLICY, "key", "form/303", "success_action_redirect", "https://example.org/done?x=1"),
                bytes("abc"));
        assertThat(redirected.status()).isEqualTo(303);
        assertThat(redirected.headers().get("location"))
                .startsWith("https://example.org/done?x=1&bucket=raw&key=form%2F303&etag=%22");
    }

    @Test
    void refusesTheRest() throws IOException {
        assertThat(post(signed(POLICY, "key", "elsewhere"), bytes("abc")).code())
                .isEqualTo("AccessDenied");
        assertThat(post(signed(POLICY, "key", "form/a", "x-amz-storage-class", "GLACIER"), bytes("abc"))
                        .code())
                .isEqualTo("AccessDenied");
        assertThat(post(signed(POLICY, "key", "form/short"), bytes("ab")).code())
                .isEqualTo("EntityTooSmall");
        assertThat(post(signed(POLICY, "key", "form/long"), random(1001)).code())
                .isEqualTo("EntityTooLarge");
        assertThat(post(signed(POLICY.replace("2099", "2009"), "key", "form/late"), bytes("abc"))
                        .code())
                .isEqualTo("AccessDenied");
        Map<String, String> forged = signed(POLICY, "key", "form/forged");
        forged.put("policy", forged.getOrDefault("policy", "").replaceFirst("^....", "AAAA"));
        assertThat(post(forged, bytes("abc")).code()).isEqualTo("SignatureDoesNotMatch");
        assertThat(post(Map.of("key", "form/unsigned"), bytes("abc")).code()).isEqualTo("AccessDenied");
        assertThat(post(signed(POLICY), bytes("abc")).code()).isEqualTo("InvalidArgument");
        for (String key : new String[] {"short", "long", "late", "forged", "unsigned"}) {
            assertMissing("/raw/form/" + key);
        }
        assertThat(client.send("POST", "/raw", Map.of("content-type", "text/plain"), bytes("x"))
                        .status())
                .isEqualTo(412);
    }

    private static String hmacSha1(String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(bytes(S3TestServer.SECRET), "HmacSHA1"));
        return Base64.getEncoder().encodeToString(mac.doFinal(bytes(text)));
    }

    @Test
    void takesFormsSignedTheOldWay() throws IOException, GeneralSecurityException {
        String policy = Base64.getEncoder().encodeToString(bytes(POLICY.replace('\'', '"')));
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("key", "form/old");
        fields.put("AWSAccessKeyId", S3TestServer.ACCESS_KEY);
        fields.put("policy", policy);
        assertThat(post(fields, bytes("abc")).status()).isEqualTo(400);
        fields.put("signature", hmacSha1("another policy"));
        assertThat(post(fields, bytes("abc")).code()).isEqualTo("SignatureDoesNotMatch");
        assertMissing("/raw/form/old");
        fields.put("signature", hmacSha1(policy));
        assertThat(post(fields, bytes("abc")).status()).isEqualTo(204);
        assertStored("/raw/form/old", bytes("abc"));
    }

    @Test
    void aPolicyMustNameTheBucket() throws IOException {
        assertThat(post(signed(POLICY.replace("{'bucket':'raw'},", ""), "key", "form/any"), bytes("abc"))
                        .code())
                .isEqualTo("AccessDenied");
        assertThat(post(signed(POLICY.replace("{'bucket':'raw'}", "{}"), "key", "form/any"), bytes("abc"))
                        .code())
                .isEqualTo("InvalidPolicyDocument");
    }
}
