package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.access.BucketRules;
import org.junit.jupiter.api.Test;

/** A bucket's policy holds here as it does over S3. */
class PolicyTest extends DoorTest {

    private void setPolicy(String statement) {
        String name = bucket.substring("/dav/".length(), bucket.length() - 1);
        String policy =
                ("{'Statement':{" + statement + "}}").replace('\'', '"').replace("BUCKET", "arn:aws:s3:::" + name);
        server.engine.namespace().changeBucketSettings(name, settings -> settings.with(BucketRules.POLICY, policy));
    }

    @Test
    void whatIsDeniedIsDeniedHere() {
        assertStatus(201, client.send("MKCOL", bucket + "folder"));
        assertStatus(201, client.send("MKCOL", bucket + "free"));
        file(bucket + "folder/kept", "x");
        file(bucket + "folder/secret", "y");
        setPolicy("'Effect':'Deny','Principal':'*','Action':['s3:DeleteObject','s3:PutObject'],"
                + "'Resource':'BUCKET/folder/kep*'");
        assertStatus(403, client.send("DELETE", bucket + "folder/kept"));
        assertStatus(403, client.send("PUT", bucket + "folder/kept"));
        assertStatus(403, client.send("DELETE", bucket + "folder"));
        assertStatus(403, client.send("MOVE", bucket + "folder", "Destination: " + bucket + "moved"));
        assertStatus(403, client.send("COPY", bucket + "free", "Destination: " + bucket + "folder"));
        assertThat(content(bucket + "folder/kept")).isEqualTo("x");
        assertStatus(204, client.send("DELETE", bucket + "folder/secret"));
        assertStatus(204, client.send("DELETE", bucket + "free"));
    }

    @Test
    void conditionsKnowWhereARequestComesFrom() {
        file(bucket + "a", "x");
        setPolicy("'Effect':'Deny','Principal':'*','Action':'s3:GetObject','Resource':'BUCKET/*',"
                + "'Condition':{'NotIpAddress':{'aws:SourceIp':['127.0.0.0/8','::1']}}");
        assertThat(content(bucket + "a")).isEqualTo("x");
        setPolicy("'Effect':'Deny','Principal':'*','Action':'s3:GetObject','Resource':'BUCKET/*',"
                + "'Condition':{'Bool':{'aws:SecureTransport':'false'}}");
        assertStatus(403, client.send("GET", bucket + "a"));
    }
}
