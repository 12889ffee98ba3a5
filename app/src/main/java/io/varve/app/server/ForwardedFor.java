package io.varve.app.server;

import io.varve.storage.access.AddressRange;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/**
 * Takes the address of a client from {@value #HEADER} where a proxy that is trusted says it: lock-outs, logs and the rules of buckets then go
 * by the client, not by the proxy. Each proxy appends who connected to it, so the last address that is no trusted proxy is
 * the client; what stands before it, the client may have made up. Thread-safe.
 */
final class ForwardedFor extends ValveBase {
    static final String HEADER = "X-Forwarded-For";

    private final List<AddressRange> proxies;

    /** @param proxies who is believed; empty for nobody */
    ForwardedFor(List<AddressRange> proxies) {
        super(true);
        this.proxies = List.copyOf(proxies);
    }

    @Override
    public void invoke(Request request, Response response) throws IOException, ServletException {
        if (!proxies.isEmpty() && isProxy(request.getRemoteAddr())) {
            String told = Collections.list(request.getHeaders(HEADER)).stream().collect(Collectors.joining(","));
            String client = client(told);
            if (!client.isEmpty()) {
                request.setRemoteAddr(client);
                request.setRemoteHost(client);
            }
        }
        getNext().invoke(request, response);
    }

    /** The last address that is none of a proxy; empty if there is none, or what stands there is no address. */
    private String client(String told) {
        String[] addresses = told.split(",", -1);
        for (int i = addresses.length - 1; i >= 0; i--) {
            String address = addresses[i].strip();
            if (!isProxy(address)) {
                return AddressRange.parse(address).isPresent() && address.indexOf('/') < 0 ? address : "";
            }
        }
        return "";
    }

    private boolean isProxy(String address) {
        return proxies.stream().anyMatch(range -> range.contains(address));
    }
}
