package io.varve.app.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tomcat's connections in plain text, but for {@link PatientChannel} in their middle, and for large pieces of direct memory, which go to
 * the socket in one call. Connections under TLS are Tomcat's own: there a request costs so much more that it would not show.
 */
final class PatientEndpoint extends NioEndpoint {
    private static final Logger LOG = LoggerFactory.getLogger(PatientEndpoint.class);

    @Override
    protected NioChannel createChannel(SocketBufferHandler buffers) {
        return isSSLEnabled()
                ? super.createChannel(buffers)
                : new PatientChannel(buffers, PatientChannel.PATIENCE, System::nanoTime);
    }

    /** {@inheritDoc} As Tomcat's, which has no place to say what a connection is made of. */
    @Override
    protected boolean setSocketOptions(SocketChannel socket) {
        if (isSSLEnabled()) {
            return super.setSocketOptions(socket);
        }
        try {
            NioChannel kept = getNioChannels() == null ? null : getNioChannels().pop();
            NioChannel channel = kept == null ? createChannel(buffers()) : kept;
            Connection connection = new Connection(channel, this);
            channel.reset(socket, connection);
            connections.put(socket, connection);
            socket.configureBlocking(false);
            socketProperties.setProperties(socket.socket());
            connection.setReadTimeout(getConnectionTimeout());
            connection.setWriteTimeout(getConnectionTimeout());
            connection.setKeepAliveLeft(getMaxKeepAliveRequests());
            getPoller().register(connection);
            return true;
        } catch (IOException | RuntimeException e) {
            // Mostly a client that is gone already: nothing to wake anybody for.
            LOG.debug("A connection could not be set up.", e);
            if (!connections.containsKey(socket)) {
                destroySocket(socket);
            }
            // The acceptor closes it.
            return false;
        }
    }

    private SocketBufferHandler buffers() {
        return new SocketBufferHandler(
                socketProperties.getAppReadBufSize(),
                socketProperties.getAppWriteBufSize(),
                socketProperties.getDirectBuffer());
    }

    /**
     * A connection that writes large pieces from where they lie. Copied through its buffer, each system call would send little; where the kernel paces
     * what it sends (BBR), it then takes the sender for a slow one, and a file came at a third of the speed.
     */
    private static final class Connection extends NioSocketWrapper {
        Connection(NioChannel channel, PatientEndpoint endpoint) {
            super(channel, endpoint);
        }

        @Override
        protected void writeBlocking(ByteBuffer from) throws IOException {
            if (from.isDirect()
                    && from.remaining() > socketBufferHandler.getWriteBuffer().capacity()
                    && socketBufferHandler.isWriteBufferEmpty()) {
                doWrite(true, from);
            } else {
                super.writeBlocking(from);
            }
        }
    }
}
