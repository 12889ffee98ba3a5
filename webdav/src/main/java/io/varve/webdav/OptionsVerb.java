package io.varve.webdav;

import io.varve.webdav.frame.Verb;
import java.util.Set;

/** OPTIONS: what this door speaks, and what the address takes. */
final class OptionsVerb implements Verb<Exchange, Target> {

    /** RFC 4918's classes, those of RFC 3253 and RFC 5689, and by what name sabre/dav's clients look for PATCH. */
    private static final String CLASSES = "1, 2, 3, version-control, extended-mkcol, sabredav-partialupdate";

    @Override
    public Set<String> methods() {
        return Set.of("OPTIONS");
    }

    @Override
    public void handle(Exchange exchange, Target target) {
        answer(exchange, Allowed.on(target));
    }

    /** Answers for an address that takes those methods. */
    static void answer(Exchange exchange, String allowed) {
        exchange.response().setHeader("DAV", CLASSES);
        exchange.response().setHeader("Allow", allowed);
        exchange.response().setHeader("Accept-Ranges", "bytes");
        exchange.response().setHeader("Accept-Patch", PutVerb.PARTIAL_TYPE);
        // Without it Windows takes the server for FrontPage and asks for things nobody has.
        exchange.response().setHeader("MS-Author-Via", "DAV");
        exchange.answer(200);
    }
}
