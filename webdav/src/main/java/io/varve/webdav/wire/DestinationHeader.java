package io.varve.webdav.wire;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Resources named inside a request: the {@code Destination} header and the tags of {@code If}
 * (RFC 4918 sections 8.3 and 10.3): a path, or an address with scheme and host.
 *
 * <p>Scheme and port are not compared: behind a proxy that ends TLS they differ from what this server
 * sees. The host must be one the request itself came to.
 */
public final class DestinationHeader {

    private DestinationHeader() {}

    /**
     * Reads a named resource.
     *
     * @param value the address as it stands in the header
     * @param prefix the raw path of the door, {@code /dav} say, without trailing slash
     * @param ownHosts the values of headers that name the host the client addressed
     * @return the path below the door, or empty if it is another server's or outside the door
     * @throws WireException 400 if it is no address, or names a forbidden path
     */
    public static Optional<DavPath> parse(String value, String prefix, List<String> ownHosts) {
        String address = value.strip();
        if (address.indexOf('?') >= 0 || address.indexOf('#') >= 0) {
            throw WireException.malformed("The address '" + address + "' may have neither query nor fragment.");
        }
        String path = address;
        int scheme = address.indexOf("://");
        if (scheme > 0 && address.charAt(0) != '/') {
            int slash = address.indexOf('/', scheme + 3);
            int end = slash < 0 ? address.length() : slash;
            String host = host(address.substring(scheme + 3, end));
            if (ownHosts.stream().map(DestinationHeader::host).noneMatch(host::equals)) {
                return Optional.empty();
            }
            path = address.substring(end);
        } else if (!address.startsWith("/")) {
            throw WireException.malformed("'" + address + "' is no address: give a path or a full URL.");
        }
        if (!path.equals(prefix) && !path.startsWith(prefix + "/")) {
            return Optional.empty();
        }
        return Optional.of(DavPath.parse(path.substring(prefix.length())));
    }

    /** The host of an authority, lower-case, without user and port. */
    private static String host(String authority) {
        String host = authority.strip().substring(authority.strip().lastIndexOf('@') + 1);
        int colon = host.lastIndexOf(':');
        boolean inBrackets = host.indexOf(']') > colon;
        return (colon >= 0 && !inBrackets ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
    }
}
