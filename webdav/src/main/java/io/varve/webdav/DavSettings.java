package io.varve.webdav;

/**
 * Limits of the WebDAV door.
 *
 * @param xmlBytesMax the longest XML body of a request, in bytes
 * @param listedEntriesMax the most entries one PROPFIND of depth infinity tells
 * @param lockSecondsDefault how long a lock lasts when the client does not say
 * @param lockSecondsMax the longest a lock lasts without being refreshed
 * @param digestLogins whether Digest logins are offered, where there is no TLS, and taken
 */
public record DavSettings(
        long xmlBytesMax, long listedEntriesMax, long lockSecondsDefault, long lockSecondsMax, boolean digestLogins) {

    /** 1 MiB of XML, 50,000 entries, locks of an hour and at most a day, Digest logins. */
    public static final DavSettings DEFAULT = new DavSettings(1 << 20, 50_000, 3600, 86_400, true);

    public DavSettings {
        if (xmlBytesMax < 1 || listedEntriesMax < 1 || lockSecondsDefault < 1 || lockSecondsMax < lockSecondsDefault) {
            throw new IllegalArgumentException("limits of WebDAV must be positive, and the default lock the shorter");
        }
    }

    /** The same, with or without Digest logins. */
    public DavSettings withDigestLogins(boolean offered) {
        return new DavSettings(xmlBytesMax, listedEntriesMax, lockSecondsDefault, lockSecondsMax, offered);
    }
}
