package io.varve.s3.operation;

import io.varve.s3.error.S3Exception;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Continuation tokens: the last name of a page, in a form that clients have no reason to look into. */
final class PageToken {

    private PageToken() {}

    static String of(String name) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(name.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The name in a token.
     *
     * @throws S3Exception {@code InvalidArgument} if this server cannot have made it
     */
    static String parse(String token) {
        try {
            return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException ignored) {
            throw S3Exception.invalidArgument(
                    "continuation-token", token, "The continuation token provided is incorrect");
        }
    }
}
