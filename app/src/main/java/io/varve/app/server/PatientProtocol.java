package io.varve.app.server;

import org.apache.coyote.http11.Http11NioProtocol;

/** Tomcat's HTTP/1.1 over {@link PatientEndpoint}; public because Tomcat makes it by its name. */
public final class PatientProtocol extends Http11NioProtocol {
    /** Without a port yet, as Tomcat's own. */
    public PatientProtocol() {
        super(new PatientEndpoint());
    }
}
