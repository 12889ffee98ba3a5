package io.varve.storage.namespace;

/** What no path and no metadata may be, whatever the door. */
final class PathRules {
    private PathRules() {}

    /**
     * Checks what no key may be.
     *
     * @throws StorageException.InvalidName if the key is too long or holds a character that no key may
     */
    static void requireLegal(EntryPath path) {
        if (path.key().indexOf('\0') >= 0) {
            throw new StorageException.InvalidName("A name must not contain the character NUL.");
        }
        if (Rows.utf8(path.key()).length > EntryPath.KEY_BYTES_MAX) {
            throw new StorageException.InvalidName(
                    "The path is longer than " + EntryPath.KEY_BYTES_MAX + " bytes: shorten it.");
        }
        for (int i = 0; i < path.key().length(); i++) {
            char c = path.key().charAt(i);
            if (Character.isHighSurrogate(c)
                    && i + 1 < path.key().length()
                    && Character.isLowSurrogate(path.key().charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new StorageException.InvalidName("A name must be valid Unicode.");
            }
        }
        for (String segment : path.segments()) {
            if (Rows.utf8(segment).length > EntryPath.NAME_BYTES_MAX) {
                throw new StorageException.InvalidName(
                        "A name is longer than " + EntryPath.NAME_BYTES_MAX + " bytes: shorten it.");
            }
        }
    }

    static void requireSmall(Attributes attributes) {
        requireSmall(attributes, Attributes.BYTES_MAX);
    }

    static void requireSmall(Attributes attributes, int bytesMax) {
        long bytes = 0;
        for (var attribute : attributes.values().entrySet()) {
            bytes += Rows.utf8(attribute.getKey()).length + Rows.utf8(attribute.getValue()).length;
        }
        if (bytes > bytesMax) {
            throw new StorageException.AttributesTooLarge("Metadata and properties of an entry take " + bytes
                    + " bytes; at most " + bytesMax + " are allowed.");
        }
    }
}
