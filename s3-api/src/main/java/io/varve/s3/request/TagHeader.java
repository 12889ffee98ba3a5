package io.varve.s3.request;

import io.varve.s3.error.S3Exception;
import java.util.List;

/** The header that gives an object its tags as it is stored, written as a query. */
public final class TagHeader {

    public static final String NAME = "x-amz-tagging";

    private TagHeader() {}

    /**
     * The tags, as often and in the order they are named.
     *
     * @throws S3Exception {@code InvalidArgument} if an escape is broken or a tag has no name
     */
    public static List<QueryParameters.Parameter> parse(String header) {
        List<QueryParameters.Parameter> tags;
        try {
            tags = QueryParameters.parse(header).parameters();
        } catch (S3Exception ignored) {
            throw wrong(header);
        }
        if (tags.stream().anyMatch(tag -> tag.name().isEmpty())) {
            throw wrong(header);
        }
        return tags;
    }

    /** What is wrong about a header that names a tag twice, too. */
    public static S3Exception wrong(String header) {
        return S3Exception.invalidArgument(
                NAME,
                header,
                "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without"
                        + " tag name duplicates.");
    }
}
