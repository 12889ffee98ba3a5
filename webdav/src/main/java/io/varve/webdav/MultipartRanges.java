package io.varve.webdav;

import io.varve.storage.namespace.Entry;
import io.varve.webdav.wire.RangeHeader.Range;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Several ranges in one answer, as {@code multipart/byteranges} (RFC 9110 section 14.6). */
final class MultipartRanges {

    private final Exchange exchange;
    private final Entry entry;
    private final List<Range> ranges;
    private final String boundary;
    private final String type;

    MultipartRanges(Exchange exchange, Entry entry, List<Range> ranges) {
        this.exchange = exchange;
        this.entry = entry;
        this.ranges = ranges;
        this.type = ContentTypes.of(entry, exchange.request());
        // The commit's number is no secret and need not be: parts are told apart by their lengths as well.
        this.boundary = "varve-" + Long.toHexString(entry.sequence()) + "-" + ranges.size();
    }

    void send(FileBytes bytes) throws IOException {
        long length = 0;
        for (Range range : ranges) {
            length += head(range).length + range.length();
        }
        exchange.response().setStatus(206);
        exchange.response().setContentType("multipart/byteranges; boundary=" + boundary);
        exchange.response().setContentLengthLong(length + end().length);
        for (Range range : ranges) {
            exchange.response().getOutputStream().write(head(range));
            bytes.send(range.first(), range.length());
        }
        exchange.response().getOutputStream().write(end());
    }

    private byte[] head(Range range) {
        return ascii("\r\n--" + boundary + "\r\nContent-Type: " + type + "\r\nContent-Range: "
                + GetVerb.contentRange(range, entry) + "\r\n\r\n");
    }

    private byte[] end() {
        return ascii("\r\n--" + boundary + "--\r\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
