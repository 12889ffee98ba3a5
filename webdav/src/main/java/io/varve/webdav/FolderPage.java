package io.varve.webdav;

import io.varve.storage.namespace.Entry;
import io.varve.webdav.wire.HttpDate;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** A folder as a plain page for a browser: no script, no style, streamed like any listing. */
final class FolderPage {

    private final Share share;

    FolderPage(Share share) {
        this.share = share;
    }

    void answer(Exchange exchange, Target folder) throws IOException {
        if (begin(exchange)) {
            String title =
                    "/" + folder.entry().map(entry -> entry.path().toString()).orElse("");
            try (FolderWalk walk = new FolderWalk(share, exchange.principal(), folder, false)) {
                XmlOutput out = head(exchange, title, folder.entry().map(entry -> parentHref(exchange, entry)));
                for (Optional<Entry> next = walk.next(); next.isPresent(); next = walk.next()) {
                    row(out, Node.of(exchange, next.get(), List::of));
                }
                end(out);
            }
        }
    }

    /** A folder of a read-only tree. */
    void answer(Exchange exchange, Place folder) throws IOException {
        if (begin(exchange)) {
            String href = folder.node(exchange).href();
            String path = href.substring(exchange.prefix().length());
            String above = href.substring(0, href.lastIndexOf('/', href.length() - 2) + 1);
            XmlOutput out = head(exchange, path, Optional.of(above));
            for (Iterator<Place> members = folder.members(share, exchange.principal()); members.hasNext(); ) {
                row(out, members.next().node(exchange));
            }
            end(out);
        }
    }

    /** Sends the headers; false if that is all. */
    private static boolean begin(Exchange exchange) {
        exchange.response().setStatus(200);
        exchange.response().setContentType("text/html; charset=utf-8");
        exchange.response().setHeader("Content-Security-Policy", "default-src 'none'");
        exchange.response().setHeader("X-Content-Type-Options", "nosniff");
        exchange.response().setHeader("Cache-Control", "no-store");
        return !exchange.method().equals("HEAD");
    }

    private static XmlOutput head(Exchange exchange, String title, Optional<String> parent) throws IOException {
        XmlOutput out = new XmlOutput(exchange.response().getOutputStream());
        out.markup("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .text(title);
        out.markup("</title></head><body><h1>").text(title).markup("</h1>\n<table>\n");
        out.markup("<tr><th>Name</th><th>Bytes</th><th>Modified</th></tr>\n");
        if (parent.isPresent()) {
            link(out, parent.get(), "../");
            out.markup("<td></td><td></td></tr>\n");
        }
        return out;
    }

    private static void end(XmlOutput out) throws IOException {
        out.markup("</table></body></html>\n").flush();
    }

    private static void row(XmlOutput out, Node node) throws IOException {
        link(out, node.href(), node.folder() ? node.name() + "/" : node.name());
        out.markup("<td>")
                .text(
                        node.folder() || node.entry().isEmpty()
                                ? ""
                                : Long.toString(node.entry().get().size()));
        out.markup("</td><td>")
                .text(node.entry()
                        .map(entry -> HttpDate.format(entry.modified()))
                        .orElse(""))
                .markup("</td></tr>\n");
    }

    private static void link(XmlOutput out, String href, String name) throws IOException {
        out.markup("<tr><td><a href=\"")
                .attribute(href)
                .markup("\">")
                .text(name)
                .markup("</a></td>");
    }

    private static String parentHref(Exchange exchange, Entry folder) {
        return folder.path().isRoot()
                ? exchange.prefix() + "/"
                : exchange.href(folder.path().parent());
    }
}
