package io.varve.app.load;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One request of a soak's client, put together step by step. One thread. */
final class SoakRequest {
    /** Stands for all of a body: nobody hangs up. */
    static final long NO_CUT = -1;

    /** Where requests go. */
    enum Place {
        DAV,
        S3,
        REST
    }

    private final Place place;
    private final String method;
    private final String name;
    private final List<String> headers = new ArrayList<>();
    private final SortedMap<String, String> signed = new TreeMap<>();
    private String query = "";
    private byte[] text = new byte[0];
    private @Nullable ContentPart body;
    private long cut = NO_CUT;
    private boolean slow;

    /**
     * A request without a body.
     *
     * @param name below the door's root, of characters that need no escaping
     */
    SoakRequest(Place place, String method, String name) {
        this.place = place;
        this.method = method;
        this.name = name;
    }

    SoakRequest query(String coded) {
        query = coded;
        return this;
    }

    SoakRequest header(String line) {
        headers.add(line);
        return this;
    }

    /** A header that S3 wants signed. */
    SoakRequest signed(String header, String value) {
        signed.put(header, value);
        return this;
    }

    SoakRequest text(String sent) {
        text = sent.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    SoakRequest body(ContentPart sent) {
        body = sent;
        return this;
    }

    SoakRequest body(SeededContent sent) {
        return body(ContentPart.all(sent));
    }

    /** Hangs up when so many bytes of the body were sent, which may be all, or so many of the answer's body have come. */
    SoakRequest cutAfter(long bytes) {
        cut = bytes;
        return this;
    }

    /** Sends or reads in small pieces with pauses. */
    SoakRequest slow() {
        slow = true;
        return this;
    }

    Place place() {
        return place;
    }

    long cut() {
        return cut;
    }

    boolean isSlow() {
        return slow;
    }

    @Nullable
    ContentPart body() {
        return body;
    }

    byte[] text() {
        return text;
    }

    /** The bytes before the body. */
    byte[] head(Door door) {
        Door signing = signed.isEmpty() || !(door.authorization() instanceof S3Signature signature)
                ? door
                : new Door(door.address(), door.root(), signature.with(signed));
        List<String> lines = new ArrayList<>(headers);
        ContentPart sent = body;
        if (sent != null || text.length > 0 || !method.equals("GET")) {
            lines.add("Content-Length: " + (sent == null ? text.length : sent.length()));
        }
        return signing.query(method, name, query, lines.toArray(String[]::new));
    }

    @Override
    public String toString() {
        return place + " " + method + " " + name + (query.isEmpty() ? "" : "?" + query);
    }
}
