package io.varve.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** The SDK's client over Amazon's Common Runtime, which splits what is large by itself, in both directions. */
class AwsSdkCrtIT extends AwsSdkFixture {

    @Test
    void storesAndReadsSmallAndLarge() {
        try (S3AsyncClient crt = S3AsyncClient.crtBuilder()
                .endpointOverride(server.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials())
                .minimumPartSizeInBytes((long) PART_BYTES)
                .build()) {
            for (int length : new int[] {0, 100, 4 * PART_BYTES + 7}) {
                byte[] bytes = random(length);
                String key = "crt/ü +%" + length;
                crt.putObject(b -> b.bucket("sdk").key(key), AsyncRequestBody.fromBytes(bytes))
                        .join();
                assertThat(get(key)).isEqualTo(bytes);
                assertThat(crt.getObject(b -> b.bucket("sdk").key(key), AsyncResponseTransformer.toBytes())
                                .join()
                                .asByteArray())
                        .isEqualTo(bytes);
            }
            byte[] range = crt.getObject(
                            b -> b.bucket("sdk").key("crt/ü +%100").range("bytes=10-19"),
                            AsyncResponseTransformer.toBytes())
                    .join()
                    .asByteArray();
            assertThat(range).isEqualTo(Arrays.copyOfRange(random(100), 10, 20));
            crt.copyObject(b -> b.sourceBucket("sdk")
                            .sourceKey("crt/ü +%100")
                            .destinationBucket("sdk")
                            .destinationKey("crt/copy"))
                    .join();
            assertThat(get("crt/copy")).isEqualTo(random(100));
            assertThat(crt.listObjectsV2(b -> b.bucket("sdk").prefix("crt/"))
                            .join()
                            .contents())
                    .hasSize(4);
        }
    }
}
