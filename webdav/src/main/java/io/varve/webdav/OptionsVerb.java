package io.varve.webdav;

import io.varve.webdav.frame.Verb;
import java.util.Set;

/** OPTIONS: what this door speaks, and what the address takes. */
final class OptionsVerb implements Verb<Exchange, Target> {

    @Override
    public Set<String> methods() {
        return Set.of("OPTIONS");
    }

    @Override
    public void handle(Exchange exchange, Target target) {
        exchange.response().setHeader("DAV", "1, 2, 3");
        exchange.response().setHeader("Allow", Allowed.on(target));
        exchange.response().setHeader("Accept-Ranges", "bytes");
        // Without it Windows takes the server for FrontPage and asks for things nobody has.
        exchange.response().setHeader("MS-Author-Via", "DAV");
        exchange.answer(200);
    }
}
