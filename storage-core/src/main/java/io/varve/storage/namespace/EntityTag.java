package io.varve.storage.namespace;

/**
 * An entity tag, without quotes: always strong, because equal tags mean equal bytes.
 *
 * <p>32 hexadecimal digits are the MD5 of the content, as S3 clients expect; {@code md5-N} is the
 * MD5 of the MD5s of N parts; {@code …-0} comes from the content's fingerprint and tells clients
 * that it is no MD5. The last form is derived, not stored.
 *
 * @param value the tag as sent between the quotes
 */
public record EntityTag(String value) {

    private static final int MD5_HEX = 32;

    public EntityTag {
        if (value.isEmpty() || value.indexOf('"') >= 0) {
            throw new IllegalArgumentException("not an entity tag: " + value);
        }
    }

    /** Whether the tag is the MD5 of the content in hexadecimal. */
    public boolean isMd5() {
        return value.length() == MD5_HEX;
    }

    /** The tag as it stands in a header, with its quotes. */
    public String quoted() {
        return '"' + value + '"';
    }
}
