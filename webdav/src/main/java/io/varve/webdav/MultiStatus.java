package io.varve.webdav;

import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.util.Optional;

/** Answers that tell of more than one address (RFC 4918 section 13). */
final class MultiStatus {

    static final String BEGIN = "<D:multistatus xmlns:D=\"DAV:\">";
    static final String END = "</D:multistatus>\n";

    private MultiStatus() {}

    /** A status as it stands in XML. */
    static String status(int status) {
        String text = switch (status) {
            case 200 -> "OK";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 409 -> "Conflict";
            case Refusal.LOCKED -> "Locked";
            case Refusal.FAILED_DEPENDENCY -> "Failed Dependency";
            case Refusal.NO_SPACE -> "Insufficient Storage";
            default -> "Error";
        };
        return "<D:status>HTTP/1.1 " + status + " " + text + "</D:status>";
    }

    /**
     * Refuses a request because of a lock. If the lock stands on something below the request's address,
     * the answer names both, as RFC 4918 section 9.6.1 wants; otherwise the address itself is locked, and
     * a plain status says so.
     *
     * @param address what the request would have changed or locked
     * @param condition RFC 4918's code for the reason
     * @throws Refused 423, if it is to be a plain status
     */
    static void refuseLocked(Exchange exchange, EntryPath address, String condition, StorageException.Locked reason)
            throws IOException {
        if (address.equals(reason.path()) || !address.contains(reason.path())) {
            throw new Refused(new Refusal(
                    Refusal.LOCKED, String.valueOf(reason.getMessage()), condition, Optional.of(reason.path())));
        }
        XmlOutput out = exchange.answerXml(207);
        out.markup(BEGIN);
        out.markup("<D:response><D:href>").text(exchange.href(reason.path())).markup("</D:href>");
        out.markup(status(Refusal.LOCKED)).markup("<D:error><D:" + condition + "><D:href>");
        out.text(exchange.href(reason.path())).markup("</D:href></D:" + condition + "></D:error></D:response>");
        out.markup("<D:response><D:href>").text(exchange.href(address)).markup("</D:href>");
        out.markup(status(Refusal.FAILED_DEPENDENCY)).markup("</D:response>");
        out.markup(END).flush();
    }
}
