package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.Depth;
import java.io.IOException;
import java.util.Set;

/** DELETE: a file, a folder with all it holds, or an empty bucket. */
final class DeleteVerb implements Verb<Exchange, Target> {

    private final Share share;

    DeleteVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("DELETE");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        switch (target) {
            case Target.Missing missing -> throw GetVerb.notFound(missing);
            case Target.NoBucket none -> throw GetVerb.notFound(none);
            case Target.Virtual virtual -> throw VirtualTrees.readOnly();
            case Target.Root root -> throw new Refused(403, "The folder over all buckets cannot be deleted.");
            case Target.File file -> delete(exchange, target, file.at());
            case Target.Folder folder -> {
                if (exchange.depth(Depth.INFINITY) != Depth.INFINITY) {
                    throw new Refused(400, "A folder is deleted with all it holds: Depth must be infinity.");
                }
                delete(exchange, target, folder.at());
            }
        }
    }

    private void delete(Exchange exchange, Target target, Entry entry) throws IOException {
        EntryPath path = entry.path();
        share.require(exchange.principal(), path.isRoot() ? Action.DELETE_BUCKET : Action.DELETE, path);
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        boolean there;
        try {
            if (path.isRoot()) {
                share.namespace().deleteBucket(path.bucket(), exchange.options());
                there = true;
            } else {
                there = share.namespace()
                        .delete(path, exchange.options().when(conditions.atCommit()))
                        .isPresent();
            }
        } catch (StorageException.Locked e) {
            MultiStatus.refuseLocked(exchange, path, Refusal.TOKEN_MISSING, e);
            return;
        }
        if (!there) {
            throw new Refused(404, "'" + path + "' was deleted in the meantime.");
        }
        exchange.answer(204);
    }
}
