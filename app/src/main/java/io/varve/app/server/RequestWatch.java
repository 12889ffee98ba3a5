package io.varve.app.server;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/** Tells of each request of a door when it has been answered. Thread-safe if who is told is. */
final class RequestWatch extends ValveBase {
    private final BiFunction<Request, Response, Answered> reading;
    private final List<Consumer<Answered>> told;

    /**
     * @param reading how the door's requests are read
     * @param told who is told, in this order; they must not throw, and not take long
     */
    RequestWatch(BiFunction<Request, Response, Answered> reading, List<Consumer<Answered>> told) {
        super(true);
        this.reading = reading;
        this.told = List.copyOf(told);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        try {
            getNext().invoke(request, response);
        } finally {
            // What was no HTTP has been answered, too, but was about nothing.
            if (request.getMethod() != null && request.getRequestURI() != null) {
                Answered answered = reading.apply(request, response);
                told.forEach(each -> each.accept(answered));
            }
        }
    }
}
