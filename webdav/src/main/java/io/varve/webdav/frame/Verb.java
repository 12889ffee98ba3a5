package io.varve.webdav.frame;

import java.io.IOException;
import java.util.Set;

/**
 * What one HTTP method, or a family of them, does. Thread-safe.
 *
 * @param <X> what the door knows of the request under way
 * @param <T> what a request's address can stand for
 */
public interface Verb<X, T> {

    /** The names of the methods, in upper case. */
    Set<String> methods();

    /**
     * Answers a request.
     *
     * @param exchange the request under way
     * @param target what its address stands for
     * @throws IOException if the client's connection failed, or must be cut because the answer had begun
     */
    void handle(X exchange, T target) throws IOException;
}
