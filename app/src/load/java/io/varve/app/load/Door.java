package io.varve.app.load;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * One port and path of a server under which the load's files lie, and how to be admitted there.
 *
 * @param address of the port
 * @param root the path before a file's name; begins and ends with a slash
 * @param authorization of every request
 */
record Door(InetSocketAddress address, String root, Authorization authorization) {
    /** Names as a request may hold them: characters that no protocol escapes, or escaped ones. */
    private static final String NAME = "(?:[A-Za-z0-9._/-]|%[0-9A-F]{2})*";

    /** A folder below this one. */
    Door folder(String name) {
        return new Door(address, root + name + "/", authorization);
    }

    /** A request's line and headers without a body. */
    byte[] head(String method, String name, String... headers) {
        return query(method, name, "", headers);
    }

    /**
     * The same with a query.
     *
     * @param query coded, its parameters in order; empty for none
     */
    byte[] query(String method, String name, String query, String... headers) {
        if (!name.matches(NAME)) {
            throw new IllegalArgumentException("A name that would have to be escaped: " + name);
        }
        String host = address.getHostString() + ":" + address.getPort();
        String path = root + name + (query.isEmpty() ? "" : "?" + query);
        StringBuilder head = new StringBuilder(256);
        head.append(method).append(' ').append(path).append(" HTTP/1.1\r\nHost: ");
        head.append(host).append("\r\n").append(authorization.headers(method, host, path));
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** The line and headers of a PUT of so many bytes. */
    byte[] put(String name, long length) {
        return head("PUT", name, "Content-Length: " + length);
    }

    /** The line and headers of a GET. */
    byte[] get(String name) {
        return head("GET", name);
    }
}
