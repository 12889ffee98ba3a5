package io.varve.s3.body;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads a body of type {@code multipart/form-data} (RFC 7578) part by part, without ever holding one. One thread at a time.
 */
public final class FormParts {

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int HEADER_BYTES_MAX = 8 * 1024;
    private static final int BOUNDARY_LENGTH_MAX = 70;

    private final InputStream in;
    private final byte[] delimiter;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit;
    private boolean ended;

    /**
     * One part, to be read before the next one is asked for.
     *
     * @param name the field's name
     * @param filename the file's name; empty if it has none
     * @param content its bytes
     */
    public record Part(String name, Optional<String> filename, InputStream content) {}

    /**
     * @param in the body
     * @param contentType the request's type, which names the boundary
     * @throws S3Exception if it names none
     */
    public FormParts(InputStream in, String contentType) {
        this.in = in;
        String boundary = parameters(contentType).getOrDefault("boundary", "");
        if (boundary.isEmpty() || boundary.length() > BOUNDARY_LENGTH_MAX) {
            throw malformed();
        }
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
        // The first boundary may stand at the very beginning, as if a line had ended before it.
        buffer[0] = '\r';
        buffer[1] = '\n';
        limit = 2;
    }

    private static S3Exception malformed() {
        return new S3Exception(S3Error.MALFORMED_POST_REQUEST);
    }

    /** The next part, or empty after the last. */
    public Optional<Part> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        // What nobody wanted of the part before, or what stands before the first.
        new Content().drain();
        position += delimiter.length;
        if (startsWith("--")) {
            ended = true;
            return Optional.empty();
        }
        Map<String, String> disposition = Map.of();
        readLine(HEADER_BYTES_MAX);
        int left = HEADER_BYTES_MAX;
        for (String line = readLine(left); !line.isEmpty(); line = readLine(left)) {
            left -= line.length();
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).strip().equalsIgnoreCase("content-disposition")) {
                disposition = parameters(line.substring(colon + 1));
            }
        }
        String name = disposition.get("name");
        if (name == null) {
            throw malformed();
        }
        return Optional.of(new Part(name, Optional.ofNullable(disposition.get("filename")), new Content()));
    }

    private boolean startsWith(String text) throws IOException {
        while (limit - position < text.length()) {
            if (!fill()) {
                throw malformed();
            }
        }
        for (int i = 0; i < text.length(); i++) {
            if (buffer[position + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private String readLine(int lengthMax) throws IOException {
        int end = position;
        while (true) {
            for (; end < limit; end++) {
                if (buffer[end] == '\n') {
                    String line = new String(buffer, position, end - position, StandardCharsets.UTF_8);
                    position = end + 1;
                    return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
                }
            }
            if (end - position > lengthMax) {
                throw malformed();
            }
            int read = end - position;
            if (!fill()) {
                throw malformed();
            }
            end = position + read;
        }
    }

    /** Moves what is left to the front and reads more behind it. */
    private boolean fill() throws IOException {
        System.arraycopy(buffer, position, buffer, 0, limit - position);
        limit -= position;
        position = 0;
        int count = in.read(buffer, limit, buffer.length - limit);
        if (count > 0) {
            limit += count;
        }
        return count > 0;
    }

    /** The bytes up to the next delimiter, which stays in the buffer. */
    private final class Content extends InputStream {
        private boolean done;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (!done) {
                int end = find();
                int plain = end < 0 ? limit - position - delimiter.length + 1 : end - position;
                if (plain > 0) {
                    int count = Math.min(plain, length);
                    System.arraycopy(buffer, position, bytes, offset, count);
                    position += count;
                    return count;
                }
                if (end >= 0) {
                    done = true;
                } else if (!fill()) {
                    throw new S3Exception(S3Error.INCOMPLETE_BODY, "The form ends in the middle of a part.");
                }
            }
            return -1;
        }

        void drain() throws IOException {
            byte[] away = new byte[8 * 1024];
            int count = 0;
            while (count >= 0) {
                count = read(away, 0, away.length);
            }
        }

        private int find() {
            for (int at = position; at <= limit - delimiter.length; at++) {
                int i = 0;
                while (i < delimiter.length && buffer[at + i] == delimiter[i]) {
                    i++;
                }
                if (i == delimiter.length) {
                    return at;
                }
            }
            return -1;
        }
    }

    /** The parameters of a header's value, such as {@code form-data; name="file"}; names in lower case. */
    static Map<String, String> parameters(String value) {
        Map<String, String> parameters = new TreeMap<>();
        int at = value.indexOf(';');
        while (at >= 0 && at < value.length()) {
            int equals = value.indexOf('=', at);
            if (equals < 0) {
                break;
            }
            String name = value.substring(at + 1, equals).strip().toLowerCase(Locale.ROOT);
            StringBuilder text = new StringBuilder();
            int i = equals + 1;
            boolean quoted = i < value.length() && value.charAt(i) == '"';
            if (quoted) {
                i++;
            }
            for (; i < value.length() && value.charAt(i) != (quoted ? '"' : ';'); i++) {
                boolean escaped = quoted
                        && value.charAt(i) == '\\'
                        && i + 1 < value.length()
                        && (value.charAt(i + 1) == '"' || value.charAt(i + 1) == '\\');
                i += escaped ? 1 : 0;
                text.append(value.charAt(i));
            }
            parameters.putIfAbsent(
                    name, quoted ? text.toString() : text.toString().strip());
            at = value.indexOf(';', i);
        }
        return parameters;
    }
}
