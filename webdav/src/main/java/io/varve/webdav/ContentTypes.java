package io.varve.webdav;

import io.varve.storage.namespace.Entry;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;

/** The MIME type to tell of a file: the client's, else the servlet container's guess by the name. */
final class ContentTypes {

    static final String UNKNOWN = "application/octet-stream";

    private ContentTypes() {}

    static String of(Entry entry, HttpServletRequest request) {
        if (!entry.contentType().isEmpty()) {
            return entry.contentType();
        }
        String guess =
                request.getServletContext().getMimeType(entry.path().name().toLowerCase(Locale.ROOT));
        return guess == null ? UNKNOWN : guess;
    }
}
