package io.varve.webdav.frame;

import io.milton.http.AbstractWrappingResponseHandler;
import io.milton.http.Request;
import io.milton.http.Response;
import io.milton.resource.Resource;

/**
 * The three refusals Milton's manager may utter itself, when a listener of its events objects. Varve
 * registers none; were one added, its objection is a plain status.
 */
final class FrameRefusals extends AbstractWrappingResponseHandler {

    @Override
    public void respondConflict(Resource resource, Response response, Request request, String message) {
        response.sendError(Response.Status.SC_CONFLICT, message);
    }

    @Override
    public void respondBadRequest(Resource resource, Response response, Request request) {
        response.sendError(Response.Status.SC_BAD_REQUEST, "The request was refused.");
    }

    @Override
    public void respondUnauthorised(Resource resource, Response response, Request request) {
        response.sendError(Response.Status.SC_FORBIDDEN, "The request is not allowed.");
    }
}
