package io.varve.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.server.BucketGrants.Grants;
import io.varve.app.server.BucketGrants.Right;
import io.varve.storage.access.BucketPolicy;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class BucketGrantsTest {
    private static final Map<String, Right> USERS = Map.of("alice", Right.READ, "b@c.org", Right.WRITE);
    private static final String OWN = """
        {"Id":"mine","Version":"2008-10-17","Statement":{"Sid":"VarveReaders","Effect":"Deny",\
        "Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::lake/kept"}}\
        """;

    @Test
    void whatWasGivenIsReadAgainAndMeansSomething() {
        String policy = BucketGrants.with("lake", Optional.empty(), USERS).orElseThrow();
        assertThat(BucketGrants.read("lake", Optional.of(policy))).isEqualTo(new Grants(sorted(USERS), false));
        BucketPolicy parsed = BucketPolicy.parse(policy, "lake");
        parsed.requireMeaning("lake");
        assertThat(parsed.isPublic()).isFalse();
        assertThat(BucketGrants.with("lake", Optional.of(policy), Map.of())).isEmpty();
        assertThat(BucketGrants.read("lake", Optional.empty())).isEqualTo(new Grants(sorted(Map.of()), false));
    }

    @Test
    void whatElseThePolicySaysStays() {
        assertThat(BucketGrants.read("lake", Optional.of(OWN))).isEqualTo(new Grants(sorted(Map.of()), true));
        String both = BucketGrants.with("lake", Optional.of(OWN), USERS).orElseThrow();
        assertThat(both)
                .startsWith("{\"Id\":\"mine\"")
                .contains("\"s3:DeleteObject\",\"Resource\":\"arn:aws:s3:::lake/kept\"");
        assertThat(BucketGrants.read("lake", Optional.of(both))).isEqualTo(new Grants(sorted(USERS), true));
        String before = BucketGrants.with("lake", Optional.of(both), Map.of()).orElseThrow();
        assertThat(BucketPolicy.parse(before, "lake")).isEqualTo(BucketPolicy.parse(OWN, "lake"));
    }

    @Test
    void aStatementThatSomebodyChangedIsNotTakenForOurs() {
        String policy = BucketGrants.with("lake", Optional.empty(), USERS).orElseThrow();
        String narrowed = policy.replace("\"s3:PutObject\",", "");
        assertThat(narrowed).isNotEqualTo(policy);
        assertThat(BucketGrants.read("lake", Optional.of(narrowed)))
                .isEqualTo(new Grants(sorted(Map.of("alice", Right.READ)), true));
    }

    private static SortedMap<String, Right> sorted(Map<String, Right> users) {
        return new TreeMap<>(users);
    }
}
