package io.varve.app.server;

import io.varve.app.config.VarveSettings;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.http11.AbstractHttp11Protocol;

/**
 * What a client may hold of a door: connections, time without a sign of life, bytes of headers.
 *
 * @param http the settings they come from
 */
record HttpLimits(VarveSettings.Http http) {
    /** Queued by the system while all connections are in use. */
    private static final int ACCEPT_QUEUE = 1024;

    /** A connection's two buffers: larger ones save system calls, all of them together must leave the heap alone. */
    private static final int BUFFER_BYTES_MIN = 8 << 10;

    private static final int BUFFER_BYTES_MAX = 64 << 10;

    /** The part of the memory that all buffers may take: an eighth, once for reading and once for writing. */
    private static final int BUFFER_SHARE = 8;

    void apply(Connector connector) {
        if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> protocol) {
            setTimes(protocol);
            protocol.setMaxConnections(http.connectionsMax());
            protocol.setAcceptCount(ACCEPT_QUEUE);
            protocol.setMaxKeepAliveRequests(-1);
            protocol.setMaxHttpRequestHeaderSize(http.headerBytesMax());
            String bufferBytes = Integer.toString(bufferBytes());
            protocol.setProperty("socket.appReadBufSize", bufferBytes);
            protocol.setProperty("socket.appWriteBufSize", bufferBytes);
            // Sockets take only direct memory: bytes in heap buffers would be copied once more.
            protocol.setProperty("socket.directBuffer", "true");
        }
    }

    /** Brings a connector that listens in line with changed settings; connections that are open keep their time. */
    void adjust(Connector connector) {
        if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> protocol) {
            setTimes(protocol);
            protocol.setMaxConnections(http.connectionsMax());
        }
    }

    private void setTimes(AbstractHttp11Protocol<?> protocol) {
        int idleMillis = Math.toIntExact(http.idleTimeout().toMillis());
        protocol.setConnectionTimeout(idleMillis);
        protocol.setKeepAliveTimeout(idleMillis);
    }

    private int bufferBytes() {
        return Math.toIntExact(Math.clamp(
                Runtime.getRuntime().maxMemory() / BUFFER_SHARE / http.connectionsMax(),
                BUFFER_BYTES_MIN,
                BUFFER_BYTES_MAX));
    }
}
