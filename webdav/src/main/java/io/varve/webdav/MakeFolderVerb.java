package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.StorageException;
import io.varve.webdav.frame.Verb;
import java.io.IOException;
import java.util.Set;

/** MKCOL: a folder, or at the top a bucket. */
final class MakeFolderVerb implements Verb<Exchange, Target> {

    private final Share share;

    MakeFolderVerb(Share share) {
        this.share = share;
    }

    @Override
    public Set<String> methods() {
        return Set.of("MKCOL");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        if (target instanceof Target.Virtual) {
            throw VirtualTrees.readOnly();
        }
        if (!(target instanceof Target.Missing) && !(target instanceof Target.NoBucket)) {
            throw Allowed.refuse(exchange, target, "Something is here already: a folder cannot be made.");
        }
        EntryPath path = target.path().asFolder().entry();
        share.require(exchange.principal(), path.isRoot() ? Action.CREATE_BUCKET : Action.WRITE, path);
        if (exchange.hasBody() && exchange.request().getInputStream().read() >= 0) {
            throw new Refused(415, "MKCOL takes no body.");
        }
        Conditions conditions = new Conditions(exchange, share, target);
        conditions.require();
        if (path.isRoot()) {
            share.namespace().createBucket(path.bucket(), exchange.principal().name());
        } else {
            makeFolder(exchange, target, path, conditions);
        }
        exchange.answer(201);
    }

    private void makeFolder(Exchange exchange, Target target, EntryPath path, Conditions conditions) {
        try {
            share.namespace()
                    .makeDirectory(path, Attributes.NONE, exchange.options().when(conditions.atCommit()));
        } catch (StorageException.EntryExists | StorageException.KindConflict e) {
            throw Allowed.refuse(exchange, target, String.valueOf(e.getMessage()));
        } catch (StorageException.NoSuchBucket e) {
            throw new Refused(409, String.valueOf(e.getMessage()), e);
        }
    }
}
