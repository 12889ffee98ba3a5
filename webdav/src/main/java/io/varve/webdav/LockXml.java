package io.varve.webdav;

import io.varve.storage.namespace.Lock;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** Locks as {@code DAV:lockdiscovery} tells them (RFC 4918 section 15.8). */
final class LockXml {

    private final Exchange exchange;
    private final InstantSource clock;

    LockXml(Exchange exchange, InstantSource clock) {
        this.exchange = exchange;
        this.clock = clock;
    }

    /** Writes the property with all locks given. */
    void discovery(XmlOutput out, List<Lock> locks) throws IOException {
        if (locks.isEmpty()) {
            out.markup("<D:lockdiscovery/>");
            return;
        }
        out.markup("<D:lockdiscovery>");
        for (Lock lock : locks) {
            out.markup("<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:")
                    .markup(lock.exclusive() ? "exclusive" : "shared")
                    .markup("/></D:lockscope><D:depth>")
                    .markup(lock.infinite() ? "infinity" : "0")
                    .markup("</D:depth>")
                    .markup(lock.owner());
            out.markup("<D:timeout>Second-" + secondsLeft(lock) + "</D:timeout><D:locktoken><D:href>");
            out.text(lock.token()).markup("</D:href></D:locktoken><D:lockroot><D:href>");
            out.text(exchange.href(lock.path())).markup("</D:href></D:lockroot></D:activelock>");
        }
        out.markup("</D:lockdiscovery>");
    }

    private long secondsLeft(Lock lock) {
        return Math.max(
                0,
                Duration.between(clock.instant(), lock.expires())
                        .plusMillis(500)
                        .toSeconds());
    }
}
