package io.varve.webdav;

import io.varve.storage.chunkstore.ContentSplice;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.namespace.Namespace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Brings a request's body into the store, piece by piece. A failure of the connection is passed on, one of the store is explained: so the
 * two are told apart at each step.
 */
final class Ingest {
    private Ingest() {}

    /**
     * Takes all of the body.
     *
     * @return how many bytes there were
     * @throws Refused 400 if there are fewer than were announced, or not those that the request's digests are of
     */
    static long receive(Exchange exchange, ContentWriter writer, ReceivedDigests digests) throws IOException {
        long announced = exchange.request().getContentLengthLong();
        InputStream body = exchange.request().getInputStream();
        long received = 0;
        while (announced < 0 || received < announced) {
            ByteBuffer space = space(writer);
            int at = space.arrayOffset() + space.position();
            int read = body.read(space.array(), at, Math.min(space.remaining(), Exchange.BUFFER_BYTES));
            if (read < 0) {
                break;
            }
            digests.update(space.array(), at, read);
            filled(writer, read);
            received += read;
            exchange.countReceived(read);
        }
        if (announced >= 0 && received != announced) {
            throw new Refused(400, "The body ended after " + received + " of " + announced + " bytes.");
        }
        digests.finish();
        return received;
    }

    private static ByteBuffer space(ContentWriter writer) {
        try {
            return writer.space();
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    private static void filled(ContentWriter writer, int bytes) {
        try {
            writer.filled(bytes);
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    static StagedContent finish(ContentWriter writer) {
        try {
            return writer.finish();
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    static StagedContent finish(ContentSplice splice) {
        try {
            return splice.finish();
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }
}
