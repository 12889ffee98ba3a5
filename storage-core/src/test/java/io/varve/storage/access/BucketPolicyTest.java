package io.varve.storage.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.BucketPolicy.Verdict;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BucketPolicyTest {

    private static final String ALLOW = "'Effect':'Allow','Principal':'*','Action':'s3:GetObject',";

    private static BucketPolicy policy(String... statements) {
        return parse("{'Version':'2012-10-17','Statement':[" + String.join(",", statements) + "]}");
    }

    private static BucketPolicy parse(String text) {
        return BucketPolicy.parse(text.replace('\'', '"'), "photos");
    }

    private static Verdict ask(BucketPolicy policy, String user, Action action, String key, RequestContext context) {
        return policy.evaluate(PolicyRequest.of(user, action, "photos", key, context));
    }

    private static Verdict ask(BucketPolicy policy, String user, Action action, String key) {
        return ask(policy, user, action, key, RequestContext.NONE);
    }

    @Test
    void allowsWhatItNames() {
        BucketPolicy policy = policy("{" + ALLOW + "'Resource':'arn:aws:s3:::photos/open/*'}");
        assertThat(ask(policy, "", Action.READ, "open/a")).isEqualTo(Verdict.ALLOWED);
        assertThat(ask(policy, "alice", Action.READ, "open/a/b")).isEqualTo(Verdict.ALLOWED);
        assertThat(ask(policy, "", Action.READ, "opened")).isEqualTo(Verdict.NOTHING);
        assertThat(ask(policy, "", Action.WRITE, "open/a")).isEqualTo(Verdict.NOTHING);
        assertThat(ask(policy, "", Action.LIST, "open/")).isEqualTo(Verdict.NOTHING);
    }

    @Test
    void denyingWins() {
        BucketPolicy policy = policy(
                "{'Effect':'Allow','Principal':{'AWS':'*'},'Action':'*','Resource':['arn:aws:s3:::photos',"
                        + "'arn:aws:s3:::photos/*']}",
                "{'Effect':'Deny','Principal':{'AWS':['bob','arn:aws:iam::1:user/eve']},'NotAction':'s3:Get*',"
                        + "'Resource':'arn:aws:s3:::photos/*'}");
        assertThat(ask(policy, "alice", Action.DELETE, "k")).isEqualTo(Verdict.ALLOWED);
        assertThat(ask(policy, "bob", Action.DELETE, "k")).isEqualTo(Verdict.DENIED);
        assertThat(ask(policy, "eve", Action.WRITE, "k")).isEqualTo(Verdict.DENIED);
        assertThat(ask(policy, "bob", Action.READ, "k")).isEqualTo(Verdict.ALLOWED);
        assertThat(ask(policy, "bob", Action.LIST, "")).as("another resource").isEqualTo(Verdict.ALLOWED);
    }

    @Test
    void aPrincipalCanBeEverybodyWithAKeyOrAllOthers() {
        BucketPolicy account = policy("{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::123:root'},"
                + "'Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/*'}");
        assertThat(ask(account, "anybody", Action.READ, "k")).isEqualTo(Verdict.ALLOWED);
        assertThat(ask(account, "", Action.READ, "k")).isEqualTo(Verdict.NOTHING);
        BucketPolicy others = policy("{'Effect':'Deny','NotPrincipal':{'AWS':'alice'},"
                + "'Action':'s3:*','NotResource':'arn:aws:s3:::photos/open/*'}");
        assertThat(ask(others, "alice", Action.READ, "k")).isEqualTo(Verdict.NOTHING);
        assertThat(ask(others, "", Action.READ, "k")).isEqualTo(Verdict.DENIED);
        assertThat(ask(others, "bob", Action.READ, "open/k")).isEqualTo(Verdict.NOTHING);
    }

    @Test
    void variablesStandForValues() {
        BucketPolicy homes = policy("{" + ALLOW + "'Resource':'arn:aws:s3:::photos/home/${aws:username}/*'}");
        RequestContext alice = RequestContext.NONE.with("aws:username", "alice");
        assertThat(ask(homes, "alice", Action.READ, "home/alice/k", alice)).isEqualTo(Verdict.ALLOWED);
        assertThat(ask(homes, "alice", Action.READ, "home/bob/k", alice)).isEqualTo(Verdict.NOTHING);
        assertThat(ask(homes, "", Action.READ, "home//k")).isEqualTo(Verdict.NOTHING);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'StringEquals':{'s3:prefix':['a','b/']}} | s3:prefix | b/ | true",
                "{'StringEquals':{'s3:prefix':'a'}} | s3:prefix | A | false",
                "{'StringEqualsIgnoreCase':{'s3:prefix':'a'}} | s3:prefix | A | true",
                "{'StringNotEquals':{'s3:prefix':['a','b']}} | s3:prefix | b | false",
                "{'StringNotEquals':{'s3:prefix':['a','b']}} | s3:delimiter | b | true",
                "{'StringLike':{'aws:Referer':'https://a.example/*'}} | AWS:referer | https://a.example/p | true",
                "{'StringLike':{'aws:Referer':'https://a.example/*'}} | aws:UserAgent | x | false",
                "{'StringLikeIfExists':{'aws:Referer':'https://a.example/*'}} | aws:UserAgent | x | true",
                "{'NumericLessThanEquals':{'s3:max-keys':'100'}} | s3:max-keys | 100 | true",
                "{'NumericLessThan':{'s3:max-keys':100}} | s3:max-keys | 1000 | false",
                "{'DateGreaterThan':{'aws:CurrentTime':'2026-01-01T00:00:00Z'}} | aws:CurrentTime"
                        + " | 2026-01-01T00:00:01Z | true",
                "{'DateLessThan':{'aws:EpochTime':'1767225600'}} | aws:EpochTime | 1767225601 | false",
                "{'Bool':{'aws:SecureTransport':'false'}} | aws:SecureTransport | false | true",
                "{'Bool':{'aws:SecureTransport':true}} | aws:SecureTransport | false | false",
                "{'IpAddress':{'aws:SourceIp':['192.0.2.0/24','2001:db8::/32']}} | aws:SourceIp | 192.0.2.77 | true",
                "{'IpAddress':{'aws:SourceIp':['192.0.2.0/24','2001:db8::/32']}} | aws:SourceIp"
                        + " | 2001:db8:1:0:0:0:0:1 | true",
                "{'IpAddress':{'aws:SourceIp':'192.0.2.0/24'}} | aws:SourceIp | 192.0.3.1 | false",
                "{'NotIpAddress':{'aws:SourceIp':'192.0.2.0/24'}} | aws:SourceIp | 192.0.3.1 | true",
                "{'NotIpAddress':{'aws:SourceIp':'192.0.2.0/24'}} | aws:UserAgent | x | true",
                "{'Null':{'s3:x-amz-acl':'true'}} | aws:UserAgent | x | true",
                "{'Null':{'s3:x-amz-acl':'true'}} | s3:x-amz-acl | private | false",
                "{'StringEquals':{'s3:ExistingObjectTag/Team':'A'}} | s3:existingobjecttag/Team | A | true",
                "{'StringEquals':{'s3:ExistingObjectTag/Team':'A'}} | s3:ExistingObjectTag/team | A | false",
                "{'StringEquals':{'s3:prefix':'a'},'Bool':{'aws:SecureTransport':'true'}} | s3:prefix | a | false",
            })
    void conditionsCompare(String condition, String key, String value, boolean holds) {
        BucketPolicy policy = policy("{" + ALLOW + "'Resource':'arn:aws:s3:::photos/*','Condition':" + condition + "}");
        assertThat(ask(policy, "", Action.READ, "k", RequestContext.NONE.with(key, value)))
                .isEqualTo(holds ? Verdict.ALLOWED : Verdict.NOTHING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{'Version':'2012-10-17'}",
                "{'Version':'2012-10-17','Statement':[]}",
                "{'Version':'2025-01-01','Statement':{'Effect':'Allow'}}",
                "{'Statement':{},'Statement':{}}",
                "{'Statement':{}} {}",
                "{'Statement':{'Effect':'Allow','Principal':'*','Action':'s3:*','Resource':'arn:aws:s3:::other/*'}}",
                "{'Statement':{'Effect':'Allow','Principal':'*','Action':'s3:*','Resource':'*'}}",
                "{'Statement':{'Effect':'allow','Principal':'*','Action':'s3:*','Resource':'arn:aws:s3:::photos'}}",
                "{'Statement':{'Effect':'Allow','Action':'s3:*','Resource':'arn:aws:s3:::photos'}}",
                "{'Statement':{'Effect':'Allow','Principal':{},'Action':'s3:*','Resource':'arn:aws:s3:::photos'}}",
                "{'Statement':{'Effect':'Allow','Principal':{'Service':'x'},'Action':'s3:*',"
                        + "'Resource':'arn:aws:s3:::photos'}}",
                "{'Statement':{'Effect':'Allow','Principal':'*','Action':'ec2:*','Resource':'arn:aws:s3:::photos'}}",
                "{'Statement':{'Effect':'Allow','Principal':'*','Action':'s3:*','NotAction':'s3:*',"
                        + "'Resource':'arn:aws:s3:::photos'}}",
                "{'Statement':{'Effect':'Allow','Principal':'*','Action':'s3:*','Resource':'arn:aws:s3:::photos',"
                        + "'Conditions':{}}}",
                "{'Statement':{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'arn:aws:s3:::photos',"
                        + "'Condition':{'Bool':{'aws:MultiFactorAuthPresent':'false'}}}}",
                "{'Statement':{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'arn:aws:s3:::photos',"
                        + "'Condition':{'StringSounds':{'s3:prefix':'a'}}}}",
                "{'Statement':{'Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'arn:aws:s3:::photos',"
                        + "'Condition':{'IpAddress':{'aws:SourceIp':'192.0.2.0/33'}}}}",
            })
    void refusesWhatItCannotKeep(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'Effect':'Allow','Principal':'*','Action':'s3:*' | photos/* | ",
                "'Effect':'Allow','Principal':'*','Action':'s3:List*' | photos | ",
                "'Effect':'Allow','Principal':'*','Action':['s3:GetObject','s3:ListBucket'] | photos* | ",
                "'Effect':'Allow','Principal':'*','Action':'s3:GetObjectAttributes' | photos/a | ",
                "'Effect':'Allow','Principal':'*','Action':'s3:GetBucketLogging' | photos | ",
                "'Effect':'Deny','NotPrincipal':{'AWS':'bob'},'NotAction':'s3:GetObject' | photos | ",
                "'Effect':'Deny','Principal':'*','Action':'s3:DeleteObjects' | photos/* | invalid action",
                "'Effect':'Deny','Principal':'*','NotAction':'s3:Fly' | photos/* | invalid action",
                "'Effect':'Allow','Principal':'*','Action':'s3:GetObject' | photos | does not apply",
                "'Effect':'Allow','Principal':'*','Action':'s3:ListBucket' | photos/* | does not apply",
                "'Effect':'Allow','NotPrincipal':{'AWS':'bob'},'Action':'s3:*' | photos | NotPrincipal",
            })
    void newPoliciesSpeakOfWhatThereIs(String statement, String resource, @Nullable String complaint) {
        BucketPolicy policy = policy("{" + statement + ",'Resource':'arn:aws:s3:::" + resource + "'}");
        if (complaint == null) {
            policy.requireMeaning("photos");
        } else {
            assertThatThrownBy(() -> policy.requireMeaning("photos"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(complaint);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'Principal':'*' | true",
                "'Principal':{'AWS':'*'} | true",
                "'NotPrincipal':{'AWS':'bob'} | true",
                "'Principal':{'AWS':'alice'} | false",
                "'Principal':{'AWS':'arn:aws:iam::1:root'} | false",
                "'Principal':'*','Condition':{'IpAddress':{'aws:SourceIp':'192.0.2.0/24'}} | false",
                "'Principal':'*','Condition':{'IpAddress':{'aws:SourceIp':'0.0.0.0/0'}} | true",
                "'Principal':'*','Condition':{'NotIpAddress':{'aws:SourceIp':'192.0.2.0/24'}} | true",
                "'Principal':'*','Condition':{'StringLike':{'aws:Referer':'x'}} | true",
            })
    void knowsWhatIsPublic(String principal, boolean isPublic) {
        String rest = ",'Action':'s3:GetObject','Resource':'arn:aws:s3:::photos/*'}";
        assertThat(policy("{'Effect':'Allow'," + principal + rest).isPublic()).isEqualTo(isPublic);
        assertThat(policy("{'Effect':'Deny'," + principal + rest).isPublic()).isFalse();
    }

    @Test
    void saysWhetherSomethingBelowAFolderMayBeDenied() {
        BucketPolicy policy = policy("{'Effect':'Deny','Principal':'*','Action':'s3:DeleteObject',"
                + "'Resource':'arn:aws:s3:::photos/a/*/secret?'}");
        assertThat(policy.mayDenyBelow(below("a/"))).isTrue();
        assertThat(policy.mayDenyBelow(below("a/b/"))).isTrue();
        assertThat(policy.mayDenyBelow(below(""))).isTrue();
        assertThat(policy.mayDenyBelow(below("b/"))).isFalse();
    }

    @Test
    void allowsAFolderOnlyIfItSurelyAllowsAllInIt() {
        String who = "{'Effect':'Allow','Principal':{'AWS':'alice'},'Action':'s3:DeleteObject',";
        BucketPolicy all = policy(who + "'Resource':'arn:aws:s3:::photos/a/*'}");
        assertThat(all.evaluateBelow(below("a/"))).isEqualTo(Verdict.ALLOWED);
        assertThat(all.evaluateBelow(below("a/b/"))).isEqualTo(Verdict.ALLOWED);
        assertThat(all.evaluateBelow(below("b/"))).isEqualTo(Verdict.NOTHING);
        assertThat(all.evaluateBelow(below(""))).isEqualTo(Verdict.NOTHING);
        assertThat(all.evaluateBelow(PolicyRequest.of("bob", Action.DELETE, "photos", "a/", RequestContext.NONE)))
                .isEqualTo(Verdict.NOTHING);
        for (String part : new String[] {
            "'Resource':'arn:aws:s3:::photos/a/*.jpg'}",
            "'Resource':'arn:aws:s3:::photos/a/?'}",
            "'Resource':'arn:aws:s3:::photos/a/'}",
            "'Resource':'arn:aws:s3:::photos/${aws:userid}*'}",
            "'NotResource':'arn:aws:s3:::photos/b/*'}",
            "'Resource':'arn:aws:s3:::photos/*','Condition':{'IpAddress':{'aws:SourceIp':'0.0.0.0/0'}}}"
        }) {
            assertThat(policy(who + part).evaluateBelow(below("a/"))).as(part).isEqualTo(Verdict.NOTHING);
        }
        BucketPolicy but = policy(
                who + "'Resource':'arn:aws:s3:::photos/*'}",
                "{'Effect':'Deny','Principal':'*','Action':'s3:DeleteObject','Resource':'arn:aws:s3:::photos/a/kept'}");
        assertThat(but.evaluateBelow(below("a/"))).isEqualTo(Verdict.DENIED);
        assertThat(but.evaluateBelow(below("b/"))).isEqualTo(Verdict.ALLOWED);
    }

    private static PolicyRequest below(String prefix) {
        return PolicyRequest.of("alice", Action.DELETE, "photos", prefix, RequestContext.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "*, '', true",
        "a*c, abc, true",
        "a*c, ac, true",
        "a*c, abd, false",
        "a?c, abc, true",
        "a?c, ac, false",
        "*a*b*, xaybz, true",
        "*a*b*, xbya, false",
        "abc, abc, true",
        "abc, abcd, false",
        "**, x, true"
    })
    void wildcards(String pattern, String text, boolean matches) {
        assertThat(Wildcards.matches(pattern, text)).isEqualTo(matches);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "1.2.3", "1.2.3.256", "1.2.3.4/33", "1.2.3.4/", "::/129", "1::2::3", "g::", "1:2:3:4:5:6:7"})
    void refusesAddressesThatAreNone(String text) {
        assertThat(AddressRange.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.8, false",
        "0.0.0.0/0, 8.8.8.8, true",
        "0.0.0.0/0, ::1, false",
        "::/0, ::1, true",
        "::1, 0:0:0:0:0:0:0:1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
    })
    void rangesContain(String range, String address, boolean contains) {
        assertThat(AddressRange.parse(range).orElseThrow().contains(address)).isEqualTo(contains);
    }
}
