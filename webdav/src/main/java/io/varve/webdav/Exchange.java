package io.varve.webdav;

import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.WriteOptions;
import io.varve.webdav.wire.DavPath;
import io.varve.webdav.wire.Depth;
import io.varve.webdav.wire.DestinationHeader;
import io.varve.webdav.wire.IfHeader;
import io.varve.webdav.wire.PercentCoding;
import io.varve.webdav.wire.XmlBody;
import io.varve.webdav.wire.XmlOutput;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** One request under way, of one logged-in user. One thread at a time. */
final class Exchange {

    /** The size of the pieces in which bytes of files pass through; one such buffer per request. */
    static final int BUFFER_BYTES = 64 * 1024;

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final Principal principal;
    private final String prefix;
    private final Optional<IfHeader> ifHeader;
    private long bytesReceived;
    private long bytesSent;

    /**
     * A request whose user was verified.
     *
     * @param prefix the raw path of the door without trailing slash
     */
    Exchange(HttpServletRequest request, HttpServletResponse response, Principal principal, String prefix) {
        this.request = request;
        this.response = response;
        this.principal = principal;
        this.prefix = prefix;
        this.ifHeader = header("If").map(IfHeader::parse);
    }

    HttpServletRequest request() {
        return request;
    }

    HttpServletResponse response() {
        return response;
    }

    Principal principal() {
        return principal;
    }

    String method() {
        return request.getMethod();
    }

    /** The raw path of the door, which begins every href. */
    String prefix() {
        return prefix;
    }

    /** A header's value, or its first one. */
    Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeader(name));
    }

    /** The value of a header that is a list, all its lines together. */
    Optional<String> listHeader(String name) {
        List<String> lines = Collections.list(request.getHeaders(name));
        return lines.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", lines));
    }

    Depth depth(Depth absent) {
        return Depth.parse(header("Depth"), absent);
    }

    Optional<IfHeader> ifHeader() {
        return ifHeader;
    }

    Set<String> submittedTokens() {
        return ifHeader.map(IfHeader::submittedTokens).orElse(Set.of());
    }

    /** How this request changes things: by a file system's rules, with the locks it holds. */
    WriteOptions options() {
        return WriteOptions.folders(principal.name()).holding(submittedTokens());
    }

    /**
     * The path a header names.
     *
     * @param address a path or a full address
     * @return empty if it is not within this door
     */
    Optional<DavPath> named(String address) {
        List<String> ownHosts = Stream.of("Host", "X-Forwarded-Host")
                .flatMap(name -> listHeader(name).stream())
                .flatMap(hosts -> Stream.of(hosts.split(",", -1)))
                .toList();
        return DestinationHeader.parse(address, prefix, ownHosts);
    }

    /** The address of an entry, as a path: so it holds behind any proxy that keeps paths. */
    String href(EntryPath path) {
        return prefix + "/" + PercentCoding.encode(path.toString());
    }

    /** Whether the request brings a body, as far as its headers tell. */
    boolean hasBody() {
        return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
    }

    /**
     * Reads the body as XML.
     *
     * @return the document, or empty if there is no body
     * @throws io.varve.webdav.wire.WireException 400 if it is not as the reading expects, 413 if it is too long;
     *     where its length was announced, before the first byte is read
     */
    <T> Optional<T> readXml(long bytesMax, XmlBody.Reading<T> reading) throws IOException {
        if (request.getContentLengthLong() > bytesMax) {
            throw XmlBody.tooLong(bytesMax);
        }
        return XmlBody.read(request.getInputStream(), bytesMax, reading);
    }

    /** Ends the answer with a status and no body. */
    void answer(int status) {
        response.setStatus(status);
        response.setContentLength(0);
    }

    /** Begins an answer in XML; what is written is sent as it comes. */
    XmlOutput answerXml(int status) throws IOException {
        response.setStatus(status);
        response.setContentType("application/xml; charset=utf-8");
        return new XmlOutput(response.getOutputStream()).markup("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    }

    void countReceived(long bytes) {
        bytesReceived += bytes;
    }

    void countSent(long bytes) {
        bytesSent += bytes;
    }

    /** Bytes of files that came with this request. */
    long bytesReceived() {
        return bytesReceived;
    }

    /** Bytes of files that were sent with the answer. */
    long bytesSent() {
        return bytesSent;
    }
}
