package io.varve.webdav.frame;

import io.milton.http.Response;
import io.milton.http.entity.EntityTransport;

/** Verbs write their answers straight to the servlet's stream, so there is no entity left to send. */
final class ServletTransport implements EntityTransport {

    @Override
    public void sendResponseEntity(Response response) {
        if (response.getEntity() != null) {
            throw new IllegalStateException("a verb left its answer to the frame");
        }
    }

    @Override
    public void closeResponse(Response response) {
        response.close();
    }
}
