package io.varve.app.server;

import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;

/**
 * Tomcat's connections in plain text, but for {@link PatientChannel} in their middle. Connections under TLS are Tomcat's own: there a
 * request costs so much more that it would not show.
 */
final class PatientEndpoint extends NioEndpoint {
    @Override
    protected NioChannel createChannel(SocketBufferHandler buffers) {
        return isSSLEnabled()
                ? super.createChannel(buffers)
                : new PatientChannel(buffers, PatientChannel.PATIENCE, System::nanoTime);
    }
}
