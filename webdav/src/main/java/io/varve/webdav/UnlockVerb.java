package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.EntryPath;
import io.varve.webdav.frame.Verb;
import java.io.IOException;
import java.util.Set;

/** UNLOCK: the end of a lock. */
final class UnlockVerb implements Verb<Exchange, Target> {

    private final Share share;

    UnlockVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("UNLOCK");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        if (target instanceof Target.Virtual) {
            throw VirtualTrees.readOnly();
        }
        EntryPath path = target.entry()
                .orElseThrow(() -> new Refused(
                        Refusal.of(409, "Nothing is here that could be locked.", "lock-token-matches-request-uri")))
                .path();
        share.require(exchange.principal(), Action.WRITE, path);
        String token = token(exchange.header("Lock-Token").orElse("").strip());
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.requireIf();
        share.namespace().unlock(path, token, exchange.options());
        exchange.answer(204);
    }

    /** The token stands between angle brackets (RFC 4918 section 10.5); npm's client leaves them out. */
    private static String token(String header) {
        boolean bracketed = header.length() > 2 && header.startsWith("<") && header.endsWith(">");
        String token = bracketed ? header.substring(1, header.length() - 1) : header;
        if (token.indexOf(':') <= 0 || token.indexOf('<') >= 0 || token.indexOf('>') >= 0) {
            throw new Refused(400, "UNLOCK needs a Lock-Token header of the form <token>.");
        }
        return token;
    }
}
