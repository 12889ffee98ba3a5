package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.s3.RawClient.Answer;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests that cannot be meant so, and the codes by which clients tell why. */
class RawRefusalsIT extends RawHttpFixture {

    private static final String MODE = "x-amz-object-lock-mode";
    private static final String UNTIL = "x-amz-object-lock-retain-until-date";

    @BeforeAll
    static void makeBucket() throws IOException {
        assertThat(client.send("PUT", "/locked", Map.of("x-amz-bucket-object-lock-enabled", "true"), bytes(""))
                        .status())
                .isEqualTo(200);
    }

    private static String refusal(Answer answer) {
        assertThat(answer.status()).isEqualTo(400);
        return answer.code();
    }

    @Test
    void nothingIsRetainedUntilADateThatHasPassed() throws IOException {
        Map<String, String> past = Map.of(MODE, "GOVERNANCE", UNTIL, "2020-01-01T00:00:00Z");
        assertThat(refusal(client.send("PUT", "/locked/a", past, bytes("a")))).isEqualTo("InvalidArgument");
        assertThat(refusal(client.send("POST", "/locked/a?uploads", past, bytes(""))))
                .isEqualTo("InvalidArgument");
        client.send("PUT", "/raw/source", Map.of(), bytes("a"));
        Map<String, String> copy =
                Map.of("x-amz-copy-source", "/raw/source", MODE, "GOVERNANCE", UNTIL, "2020-01-01T00:00:00Z");
        assertThat(refusal(client.send("PUT", "/locked/a", copy, bytes("")))).isEqualTo("InvalidArgument");
        assertMissing("/locked/a");
    }

    @ParameterizedTest
    @CsvSource({"=", "a=1&=2", "key%", "key%zz=1", "a=1&a=2"})
    void tagsInAHeaderHaveNamesAndEscapesThatAreWhole(String tags) throws IOException {
        assertThat(refusal(client.send("PUT", "/raw/tagged", Map.of("x-amz-tagging", tags), bytes("a"))))
                .isEqualTo("InvalidArgument");
        assertMissing("/raw/tagged");
    }

    @Test
    void aBucketHasFiftyTags() throws IOException {
        assertThat(client.send("PUT", "/raw?tagging", Map.of(), bytes(tags(50))).status())
                .isEqualTo(204);
        assertThat(refusal(client.send("PUT", "/raw?tagging", Map.of(), bytes(tags(51)))))
                .isEqualTo("BadRequest");
    }

    private static String tags(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "<Tag><Key>k" + i + "</Key><Value>v</Value></Tag>")
                .collect(Collectors.joining("", "<Tagging><TagSet>", "</TagSet></Tagging>"));
    }

    @ParameterizedTest
    @CsvSource({
        ", IllegalVersioningConfigurationException",
        "Disabled, MalformedXML",
        "enabled, MalformedXML",
        "'', MalformedXML",
    })
    void versioningIsEnabledOrSuspended(@Nullable String status, String code) throws IOException {
        String element = status == null ? "" : "<Status>" + status + "</Status>";
        assertThat(refusal(client.send(
                        "PUT",
                        "/raw?versioning",
                        Map.of(),
                        bytes("<VersioningConfiguration>" + element + "</VersioningConfiguration>"))))
                .isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource({"AES128, MalformedXML", "aws:kms, InvalidArgument", "'', MalformedXML"})
    void aBucketIsEncryptedByMethodsThatExist(String algorithm, String code) throws IOException {
        String document = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>"
                + algorithm + "</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>"
                + "</ServerSideEncryptionConfiguration>";
        assertThat(refusal(client.send("PUT", "/raw?encryption", Map.of(), bytes(document))))
                .isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource({
        "<PartNumber>0</PartNumber><ETag>a</ETag>, InvalidArgument",
        "<PartNumber>-1</PartNumber><ETag>a</ETag>, InvalidArgument",
        "<PartNumber>one</PartNumber><ETag>a</ETag>, MalformedXML",
        "<ETag>a</ETag>, MalformedXML",
        "<PartNumber>1</PartNumber>, MalformedXML",
        "<PartNumber>2</PartNumber><ETag>a</ETag>, InvalidPart",
    })
    void anUploadIsCompletedOfPartsWithNumbersAndTags(String part, String code) throws IOException {
        String begun = client.send("POST", "/raw/parts?uploads").text();
        String upload = begun.replaceAll("(?s).*<UploadId>|</UploadId>.*", "");
        String target = "/raw/parts?uploadId=" + upload;
        String document = "<CompleteMultipartUpload><Part>" + part + "</Part></CompleteMultipartUpload>";
        assertThat(refusal(client.send("POST", target, Map.of(), bytes(document))))
                .isEqualTo(code);
        assertThat(client.send("DELETE", target).status()).isEqualTo(204);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "s3:DeleteObjects | raw/* | Policy has invalid action",
                "s3:GetObject | raw | Action does not apply to any resource(s) in statement",
                "s3:GetObject | other/* | Policy has invalid resource",
            })
    void aPolicySpeaksOfWhatThereIs(String action, String resource, String message) throws IOException {
        String policy = "{\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"" + action
                + "\",\"Resource\":\"arn:aws:s3:::" + resource + "\"}}";
        Answer answer = client.send("PUT", "/raw?policy", Map.of(), bytes(policy));
        assertThat(refusal(answer)).isEqualTo("MalformedPolicy");
        assertThat(answer.text()).contains("<Message>" + message + "</Message>");
    }
}
