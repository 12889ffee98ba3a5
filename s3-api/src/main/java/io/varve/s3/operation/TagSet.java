package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.TagHeader;
import io.varve.s3.xml.XmlElement;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.Attributes;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tags of an object or a bucket (user guide, "Categorizing your objects using tags"). Immutable.
 *
 * @param tags keys to values
 */
record TagSet(SortedMap<String, String> tags) {

    static final int OBJECT_TAGS_MAX = 10;
    static final int BUCKET_TAGS_MAX = 50;

    private static final int KEY_LENGTH_MAX = 128;
    private static final int VALUE_LENGTH_MAX = 256;
    private static final String PUNCTUATION = "+-=._:/@";

    TagSet {
        tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
    }

    /** Reads the document of a request. */
    static TagSet parse(XmlElement document, int countMax) {
        List<XmlElement> sets = document.children("TagSet");
        if (sets.size() != 1) {
            throw new S3Exception(S3Error.MALFORMED_XML);
        }
        return parseTags(sets.getFirst(), countMax);
    }

    /** Reads the element that holds the tags. */
    static TagSet parseTags(XmlElement set, int countMax) {
        SortedMap<String, String> tags = new TreeMap<>();
        for (XmlElement tag : set.children("Tag")) {
            String key = tag.childText("Key").orElseThrow(() -> new S3Exception(S3Error.MALFORMED_XML));
            String value = tag.childText("Value").orElseThrow(() -> new S3Exception(S3Error.MALFORMED_XML));
            if (tags.put(key, value) != null) {
                throw new S3Exception(S3Error.INVALID_TAG, "Cannot provide multiple Tags with the same key")
                        .with("TagKey", key);
            }
        }
        return new TagSet(tags).checked(countMax);
    }

    /** Reads the header that gives an object its tags as it is stored. */
    static TagSet parse(String header) {
        SortedMap<String, String> tags = new TreeMap<>();
        for (QueryParameters.Parameter tag : TagHeader.parse(header)) {
            if (tags.put(tag.name(), tag.value()) != null) {
                throw TagHeader.wrong(header);
            }
        }
        return new TagSet(tags).checked(OBJECT_TAGS_MAX);
    }

    private TagSet checked(int countMax) {
        if (tags.size() > countMax) {
            throw countMax == OBJECT_TAGS_MAX
                    ? new S3Exception(S3Error.INVALID_TAG, "Object tags cannot be greater than " + countMax)
                    : new S3Exception(S3Error.BAD_REQUEST, "Bucket tag count cannot be greater than " + countMax);
        }
        tags.forEach((key, value) -> {
            if (key.isEmpty() || key.length() > KEY_LENGTH_MAX || key.startsWith("aws:") || !isLegal(key)) {
                throw new S3Exception(S3Error.INVALID_TAG, "The TagKey you have provided is invalid")
                        .with("TagKey", key);
            }
            if (value.length() > VALUE_LENGTH_MAX || !isLegal(value)) {
                throw new S3Exception(S3Error.INVALID_TAG, "The TagValue you have provided is invalid")
                        .with("TagKey", key)
                        .with("TagValue", value);
            }
        });
        return this;
    }

    private static boolean isLegal(String text) {
        return text.codePoints()
                .allMatch(c -> Character.isLetterOrDigit(c) || Character.isSpaceChar(c) || PUNCTUATION.indexOf(c) >= 0);
    }

    /** The tags among attributes. */
    static TagSet of(Attributes attributes, String prefix) {
        return new TagSet(attributes.withPrefix(prefix));
    }

    /** The attributes with these tags and no others. */
    Attributes in(Attributes attributes, String prefix) {
        SortedMap<String, String> all = new TreeMap<>(attributes.values());
        all.keySet().removeIf(name -> name.startsWith(prefix));
        tags.forEach((key, value) -> all.put(prefix + key, value));
        return Attributes.of(all);
    }

    XmlWriter document() {
        XmlWriter xml = XmlWriter.document("Tagging").open("TagSet");
        tags.forEach((key, value) ->
                xml.open("Tag").text("Key", key).text("Value", value).close("Tag"));
        return xml.close("TagSet");
    }
}
