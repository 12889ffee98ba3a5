package io.varve.webdav;

import io.varve.webdav.frame.Verb;
import java.util.Set;

/** Refuses every method no other verb takes. */
final class UnknownVerb implements Verb<Exchange, Target> {

    @Override
    public Set<String> methods() {
        return Set.of();
    }

    @Override
    public void handle(Exchange exchange, Target target) {
        throw Allowed.refuse(exchange, target, "The method " + exchange.method() + " is not supported here.");
    }
}
