package io.varve.s3.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.RequestTarget.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestTargetTest {

    @ParameterizedTest
    @CsvSource({
        "/, '', '', SERVICE",
        "'', '', '', SERVICE",
        "/bucket, bucket, '', BUCKET",
        "/bucket/, bucket, '', BUCKET",
        "/bucket/a, bucket, a, OBJECT",
        "/bucket/a/, bucket, a/, OBJECT",
        "/bucket//a, bucket, /a, OBJECT",
        "/bucket//, bucket, /, OBJECT",
        "/bucket/a/../b, bucket, a/../b, OBJECT",
        "/bucket/.., bucket, .., OBJECT",
        "/bucket/a%2Fb, bucket, a/b, OBJECT",
        "/bucket/a%252Fb, bucket, a%2Fb, OBJECT",
        "/bucket/a;v=1+2, bucket, a;v=1+2, OBJECT",
        "/bucket/%E2%82%AC, bucket, €, OBJECT",
        "http://host:9000/bucket/k, bucket, k, OBJECT",
        "http://host:9000, '', '', SERVICE",
    })
    void readsPathStyle(String path, String bucket, String key, Scope scope) {
        RequestTarget target = RequestTarget.parse(path, "host:9000", "");
        assertThat(target.bucket()).isEqualTo(bucket);
        assertThat(target.key()).isEqualTo(key);
        assertThat(target.scope()).isEqualTo(scope);
    }

    @ParameterizedTest
    @CsvSource({
        "photos.s3.example.com, /a/b, photos, a/b",
        "photos.S3.Example.com:9000, /a/b, photos, a/b",
        "my.photos.s3.example.com, /, my.photos, ''",
        "s3.example.com:9000, /a/b, a, b",
        "other.org, /a/b, a, b",
        "'[::1]:9000', /a/b, a, b",
        "photos.s3.example.com, //a, photos, /a",
    })
    void readsVirtualHostStyle(String host, String path, String bucket, String key) {
        RequestTarget target = RequestTarget.parse(path, host, "s3.example.com");
        assertThat(target.bucket()).isEqualTo(bucket);
        assertThat(target.key()).isEqualTo(key);
        assertThat(target.rawPath()).isEqualTo(path);
    }

    @Test
    void limitsKeysInBytes() {
        assertThat(RequestTarget.parse("/b/" + "k".repeat(1024), "", "").key()).hasSize(1024);
        assertRefused("/b/" + "k".repeat(1025), S3Error.KEY_TOO_LONG);
        assertThat(RequestTarget.parse("/b/" + "%C3%A4".repeat(512), "", "").key())
                .hasSize(512);
        assertRefused("/b/" + "%C3%A4".repeat(512) + "k", S3Error.KEY_TOO_LONG);
    }

    @Test
    void refusesNulAndAPathWithoutABucket() {
        assertRefused("/b/a%00b", S3Error.INVALID_ARGUMENT);
        assertRefused("//key", S3Error.INVALID_BUCKET_NAME);
    }

    private static void assertRefused(String path, S3Error error) {
        assertThatThrownBy(() -> RequestTarget.parse(path, "", ""))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.error()).isEqualTo(error));
    }
}
