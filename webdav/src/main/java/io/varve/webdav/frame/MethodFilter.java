package io.varve.webdav.frame;

import io.milton.http.Filter;
import io.milton.http.FilterChain;
import io.milton.http.Handler;
import io.milton.http.Request;
import io.milton.http.Response;
import io.milton.http.exceptions.MiltonException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Chooses the handler by the method's name; the last and only filter of the chain. */
final class MethodFilter implements Filter {

    private final Map<String, Handler> byMethod = new HashMap<>();
    private final Handler otherwise;

    MethodFilter(Set<Handler> handlers, Handler otherwise) {
        for (Handler handler : handlers) {
            for (String method : handler.getMethods()) {
                if (byMethod.put(method, handler) != null) {
                    throw new IllegalArgumentException("two verbs for " + method);
                }
            }
        }
        this.otherwise = otherwise;
    }

    @Override
    public void process(FilterChain chain, Request request, Response response) {
        if (!(request instanceof ServletExchangeRequest ours)) {
            throw new IllegalArgumentException("a request that did not come through the frame");
        }
        try {
            byMethod.getOrDefault(ours.methodName(), otherwise).process(chain.getHttpManager(), request, response);
        } catch (MiltonException e) {
            // The lookup and the verbs throw none of Milton's exceptions.
            throw new IllegalStateException(e);
        }
    }
}
