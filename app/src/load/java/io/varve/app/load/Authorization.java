package io.varve.app.load;

/** How a client says who it is. Implementations are thread-safe. */
interface Authorization {
    /**
     * The header lines that admit one request, each with its line end.
     *
     * @param method the HTTP method
     * @param host what the Host header says
     * @param path the path, of unreserved characters and slashes only; S3 takes a query behind it, coded and in order
     */
    String headers(String method, String host, String path);
}
