package io.varve.app.server;

import io.varve.app.config.VarveSettings;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.springframework.boot.web.server.PortInUseException;

/**
 * Finds out whether both doors can be opened before anything else is begun, so that a start that cannot succeed leaves nothing
 * behind: no store, no password that was made and never shown. The doors themselves have the last word, because somebody can take a
 * port in between.
 */
final class PortProbe {
    private static final int ANY_PORT = 0;

    private PortProbe() {}

    /**
     * Listens on both ports for a moment.
     *
     * @throws PortInUseException for a port that cannot be listened on; its cause says why
     * @throws IOException if the address is none of this machine
     */
    static void requireUsable(VarveSettings settings) throws IOException {
        try {
            listen(settings.bind(), ANY_PORT);
        } catch (BindException e) {
            throw new IOException(
                    "Nothing can listen on the address " + settings.bind() + " (" + e.getMessage()
                            + "): is it one of this machine? Set it with --varve.bind=ADDRESS.",
                    e);
        }
        for (int port : new int[] {settings.port(), settings.s3().port()}) {
            try {
                listen(settings.bind(), port);
            } catch (BindException e) {
                throw new PortInUseException(port, e);
            }
        }
    }

    private static void listen(String address, int port) throws IOException {
        try (ServerSocket socket = new ServerSocket()) {
            // As the doors do: connections of a server that has just ended are no hindrance.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address, port), 1);
        }
    }
}
