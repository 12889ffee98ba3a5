package io.varve.app.load;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Name and password with every request (RFC 7617).
 *
 * @param line the header line, the same for all requests
 */
record BasicLogin(String line) implements Authorization {
    static BasicLogin of(String user, String password) {
        byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return new BasicLogin("Authorization: Basic " + Base64.getEncoder().encodeToString(pair) + "\r\n");
    }

    @Override
    public String headers(String method, String host, String path) {
        return line;
    }
}
