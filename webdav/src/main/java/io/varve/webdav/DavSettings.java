package io.varve.webdav;

/**
 * Limits of the WebDAV door.
 *
 * @param xmlBytesMax the longest XML body of a request, in bytes
 * @param listedEntriesMax the most entries one PROPFIND of depth infinity tells
 * @param lockSecondsDefault how long a lock lasts when the client does not say
 * @param lockSecondsMax the longest a lock lasts without being refreshed
 * @param loginSeconds how long a verified login is remembered; a changed password works until then
 */
public record DavSettings(
        long xmlBytesMax, long listedEntriesMax, long lockSecondsDefault, long lockSecondsMax, long loginSeconds) {

    /** 1 MiB of XML, 50,000 entries, locks of an hour and at most a day, logins remembered for a minute. */
    public static final DavSettings DEFAULT = new DavSettings(1 << 20, 50_000, 3600, 86_400, 60);

    public DavSettings {
        if (xmlBytesMax < 1
                || listedEntriesMax < 1
                || lockSecondsDefault < 1
                || lockSecondsMax < lockSecondsDefault
                || loginSeconds < 0) {
            throw new IllegalArgumentException("limits of WebDAV must be positive, and the default lock the shorter");
        }
    }
}
