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

    void apply(Connector connector) {
        if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> protocol) {
            int idleMillis = Math.toIntExact(http.idleTimeout().toMillis());
            protocol.setConnectionTimeout(idleMillis);
            protocol.setKeepAliveTimeout(idleMillis);
            protocol.setMaxConnections(http.connectionsMax());
            protocol.setAcceptCount(ACCEPT_QUEUE);
            protocol.setMaxKeepAliveRequests(-1);
            protocol.setMaxHttpRequestHeaderSize(http.headerBytesMax());
        }
    }
}
