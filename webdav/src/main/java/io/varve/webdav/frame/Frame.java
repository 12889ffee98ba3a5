package io.varve.webdav.frame;

import io.milton.event.EventManagerImpl;
import io.milton.http.Handler;
import io.milton.http.HttpExtension;
import io.milton.http.HttpManager;
import io.milton.http.ProtocolHandlers;
import io.milton.http.http11.CustomPostHandler;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Finds what a request's address stands for and hands both to the verb of its method. Thread-safe.
 *
 * <p>Assembled from Milton by its public constructor: {@code HttpManager} runs one {@link MethodFilter},
 * which dispatches by the method's name as the client sent it (Milton's own list of methods lacks newer
 * ones). Milton's builder is not used: it keeps a key file in the temporary directory.
 *
 * @param <X> what the door knows of a request under way
 * @param <T> what an address can stand for
 */
public final class Frame<X, T> {

    private final HttpManager manager;

    /**
     * Assembles the frame.
     *
     * @param exchangeType the class of {@code X}
     * @param targetType the class of {@code T}
     * @param lookup finds what a raw path (still percent-encoded) stands for; never gives null
     * @param verbs one verb per method family
     * @param otherwise answers every method that no verb names
     */
    public Frame(
            Class<X> exchangeType,
            Class<T> targetType,
            Function<String, T> lookup,
            List<? extends Verb<X, T>> verbs,
            Verb<X, T> otherwise) {
        Set<Handler> handlers = verbs.stream()
                .map(verb -> new VerbHandler<>(verb, exchangeType, targetType))
                .collect(Collectors.toUnmodifiableSet());
        manager = new HttpManager(
                new TargetFactory<>(lookup),
                new FrameRefusals(),
                new ProtocolHandlers(List.of(new Verbs(handlers))),
                new ServletTransport(),
                List.of(new MethodFilter(handlers, new VerbHandler<>(otherwise, exchangeType, targetType))),
                new EventManagerImpl(),
                List.of());
    }

    /**
     * Answers one request. Exceptions of verbs and of the lookup pass through unchanged.
     *
     * @param exchange what the verb is given
     * @param rawPath the path below the door, percent-encoded as it came
     * @param request the servlet's request
     * @param response the servlet's response
     * @throws IOException if the connection failed or must be cut
     */
    public void dispatch(X exchange, String rawPath, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        try {
            manager.process(new ServletExchangeRequest(request, rawPath, exchange), new ServletResponse(response));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private record Verbs(Set<Handler> handlers) implements HttpExtension {

        @Override
        public Set<Handler> getHandlers() {
            return handlers;
        }

        @Override
        public List<CustomPostHandler> getCustomPostHandlers() {
            return List.of();
        }
    }
}
