package io.varve.webdav.frame;

import io.milton.http.Handler;
import io.milton.http.HttpManager;
import io.milton.http.Request;
import io.milton.http.Response;
import io.milton.http.exceptions.BadRequestException;
import io.milton.http.exceptions.NotAuthorizedException;
import io.milton.resource.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One verb as Milton sees it: looks the resource up, unwraps it and calls the verb. */
final class VerbHandler<X, T> implements Handler {

    private final Verb<X, T> verb;
    private final Class<X> exchangeType;
    private final Class<T> targetType;

    VerbHandler(Verb<X, T> verb, Class<X> exchangeType, Class<T> targetType) {
        this.verb = verb;
        this.exchangeType = exchangeType;
        this.targetType = targetType;
    }

    @Override
    public String[] getMethods() {
        return verb.methods().toArray(String[]::new);
    }

    @Override
    public void process(HttpManager manager, Request request, Response response)
            throws NotAuthorizedException, BadRequestException {
        Resource resource =
                manager.getResourceFactory().getResource(request.getHostHeader(), request.getAbsolutePath());
        if (!(resource instanceof Found found) || !(request instanceof ServletExchangeRequest ours)) {
            throw new IllegalStateException("a resource or request that is not the frame's own");
        }
        try {
            verb.handle(exchangeType.cast(ours.exchange()), targetType.cast(found.target()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isCompatible(Resource resource) {
        return resource instanceof Found found && targetType.isInstance(found.target());
    }
}
