package io.varve.webdav;

import io.varve.storage.namespace.Entry;
import io.varve.webdav.wire.HttpDate;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.util.Optional;

/** A folder as a plain page for a browser: no script, no style, streamed like any listing. */
final class FolderPage {

    private final Share share;

    FolderPage(Share share) {
        this.share = share;
    }

    void answer(Exchange exchange, Target folder) throws IOException {
        exchange.response().setStatus(200);
        exchange.response().setContentType("text/html; charset=utf-8");
        exchange.response().setHeader("Content-Security-Policy", "default-src 'none'");
        exchange.response().setHeader("X-Content-Type-Options", "nosniff");
        exchange.response().setHeader("Cache-Control", "no-store");
        if (exchange.method().equals("HEAD")) {
            return;
        }
        String title =
                "/" + folder.entry().map(entry -> entry.path().toString()).orElse("");
        try (FolderWalk walk = new FolderWalk(share, exchange.principal(), folder, false)) {
            XmlOutput out = new XmlOutput(exchange.response().getOutputStream());
            out.markup("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                    .text(title);
            out.markup("</title></head><body><h1>").text(title).markup("</h1>\n<table>\n");
            out.markup("<tr><th>Name</th><th>Bytes</th><th>Modified</th></tr>\n");
            if (folder.entry().isPresent()) {
                link(out, parentHref(exchange, folder.entry().get()), "../");
                out.markup("<td></td><td></td></tr>\n");
            }
            for (Optional<Entry> next = walk.next(); next.isPresent(); next = walk.next()) {
                row(out, exchange, next.get());
            }
            out.markup("</table></body></html>\n").flush();
        }
    }

    private static void row(XmlOutput out, Exchange exchange, Entry entry) throws IOException {
        String name =
                entry.path().isRoot() ? entry.path().bucket() : entry.path().name();
        link(out, exchange.href(entry.path()), entry.isDirectory() ? name + "/" : name);
        out.markup("<td>").text(entry.isDirectory() ? "" : Long.toString(entry.size()));
        out.markup("</td><td>").text(HttpDate.format(entry.modified())).markup("</td></tr>\n");
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
