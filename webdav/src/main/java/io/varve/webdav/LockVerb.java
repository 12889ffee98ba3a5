package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Lock;
import io.varve.storage.namespace.LockRequest;
import io.varve.storage.namespace.StorageException;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.Depth;
import io.varve.webdav.wire.LockInfo;
import io.varve.webdav.wire.LockTimeout;
import io.varve.webdav.wire.XmlOutput;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * LOCK: a new lock, or a lock's timeout begun anew. A lock on nothing makes an empty file (RFC 4918
 * section 7.3), so that the name is taken.
 */
final class LockVerb implements Verb<Exchange, Target> {

    /** The longest owner the store keeps, in bytes of UTF-8; characters are never more than that. */
    private static final int OWNER_CHARACTERS_MAX = 4096;

    private final Share share;

    LockVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("LOCK");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        EntryPath path = path(exchange, target);
        share.require(exchange.principal(), Action.WRITE, path);
        Depth depth = exchange.depth(Depth.INFINITY);
        if (depth == Depth.ONE) {
            throw new Refused(400, "A lock has Depth 0 or infinity.");
        }
        Optional<LockInfo> info = exchange.readXml(share.settings().xmlBytesMax(), LockInfo::read);
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        long seconds = LockTimeout.grant(
                exchange.header("Timeout"),
                share.settings().lockSecondsDefault(),
                share.settings().lockSecondsMax());
        if (info.isEmpty()) {
            answer(exchange, 200, refresh(exchange, path, seconds));
            return;
        }
        if (info.get().owner().length() > OWNER_CHARACTERS_MAX) {
            throw new Refused(413, "The lock's owner is longer than " + OWNER_CHARACTERS_MAX + " characters.");
        }
        LockRequest request =
                new LockRequest(info.get().owner(), info.get().exclusive(), depth == Depth.INFINITY, seconds);
        try {
            Lock lock = share.namespace().lock(path, request, exchange.options().when(conditions.atCommit()));
            exchange.response().setHeader("Lock-Token", "<" + lock.token() + ">");
            answer(exchange, target instanceof Target.Missing ? 201 : 200, lock);
        } catch (StorageException.NoSuchBucket e) {
            throw new Refused(409, String.valueOf(e.getMessage()), e);
        } catch (StorageException.Locked e) {
            MultiStatus.refuseLocked(exchange, path, "no-conflicting-lock", e);
        }
    }

    private static EntryPath path(Exchange exchange, Target target) {
        return switch (target) {
            case Target.Virtual virtual -> throw VirtualTrees.readOnly();
            case Target.Root root -> throw new Refused(403, "The folder over all buckets cannot be locked.");
            case Target.Folder folder -> folder.at().path();
            case Target.File file -> file.at().path();
            case Target.NoBucket none ->
                throw Allowed.refuse(
                        exchange, target, "No bucket is here, and a bucket's name cannot be locked in advance.");
            case Target.Missing missing -> {
                if (missing.path().folder()) {
                    throw Allowed.refuse(exchange, target, "Only a file's name can be locked in advance.");
                }
                yield missing.path().entry();
            }
        };
    }

    private Lock refresh(Exchange exchange, EntryPath path, long seconds) {
        Set<String> tokens = exchange.submittedTokens();
        if (tokens.isEmpty()) {
            throw new Refused(
                    400, "To refresh a lock, name its token in the If header; to make one, send DAV:lockinfo.");
        }
        List<String> own = share.namespace().locks(path).stream()
                .map(Lock::token)
                .filter(tokens::contains)
                .toList();
        if (own.isEmpty()) {
            throw new Refused(
                    Refusal.of(412, "The token names no lock of '" + path + "'.", "lock-token-matches-request-uri"));
        }
        try {
            return share.namespace().refreshLock(path, own.getFirst(), seconds, exchange.options());
        } catch (StorageException.NoSuchLock e) {
            throw new Refused(Refusal.of(412, String.valueOf(e.getMessage()), "lock-token-matches-request-uri"));
        }
    }

    private void answer(Exchange exchange, int status, Lock lock) throws IOException {
        XmlOutput out = exchange.answerXml(status).markup("<D:prop xmlns:D=\"DAV:\">");
        new LockXml(exchange, share.clock()).discovery(out, List.of(lock));
        out.markup("</D:prop>\n").flush();
    }
}
