package io.varve.webdav;

import io.micrometer.core.instrument.MeterRegistry;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.RequestContext;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import io.varve.webdav.frame.Frame;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.DavPath;
import io.varve.webdav.wire.PercentCoding;
import io.varve.webdav.wire.WireException;
import io.varve.webdav.wire.XmlOutput;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The WebDAV share as a servlet, to be mapped to {@code /dav/*} or any other prefix, and to {@code /remote.php/dav/*} for clients
 * of Nextcloud, where it is at {@code files/USER}. Thread-safe.
 *
 * <p>It reads the raw request address only (containers cut {@code ;…} off the decoded one), logs the client
 * in before anything else, and gives every refusal its one form. The container must neither refuse nor
 * decode odd characters in addresses, and must not parse form bodies; see {@code docs/webdav.md}.
 */
public final class DavServlet extends HttpServlet {

    @Serial
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(DavServlet.class);

    /** The attribute of a request that says what begins its hrefs. */
    private static final String SHARE = DavServlet.class.getName() + ".share";

    /**
     * The attribute of a request under which who mapped the servlet says that a user is known already, as an {@link
     * AccessControl.Principal}; refusals are problem documents (RFC 9457) then, as in the rest of a REST interface.
     */
    public static final String PRINCIPAL = DavServlet.class.getName() + ".principal";

    /** The request attribute that tells afterwards whose the request was. */
    public static final String USER = DavServlet.class.getName() + ".user";

    /** The request attribute that tells afterwards which path of the share it was about, percent-encoded as it came. */
    public static final String TARGET = DavServlet.class.getName() + ".target";

    private static final String RETRY_SECONDS = "5";

    private final transient Frame<Exchange, Target> frame;
    private final transient UploadDoor uploads;
    private final transient Logins logins;
    private final transient DavMetrics metrics;

    /**
     * A door to a store.
     *
     * @param namespace what it shows
     * @param access who may log in and do what
     * @param freeBytes how many more bytes the store can take now
     * @param meters where requests are counted, under {@code varve.dav.}
     * @param clock for lock timeouts and the nonces of logins
     * @param settings limits
     */
    public DavServlet(
            Namespace namespace,
            AccessControl access,
            LongSupplier freeBytes,
            MeterRegistry meters,
            InstantSource clock,
            DavSettings settings) {
        Share share = new Share(namespace, access, clock, freeBytes, settings);
        List<Verb<Exchange, Target>> verbs = List.of(
                new OptionsVerb(),
                new GetVerb(share),
                new PutVerb(share),
                new DeleteVerb(share),
                new MakeFolderVerb(share),
                new TransferVerb(share),
                new PropFindVerb(share),
                new PropPatchVerb(share),
                new ReportVerb(share),
                new LockVerb(share),
                new UnlockVerb(share));
        frame = new Frame<>(
                Exchange.class, Target.class, raw -> share.find(DavPath.parse(raw)), verbs, new UnknownVerb());
        uploads = new UploadDoor(share);
        logins = new Logins(access, clock, settings.digestLogins());
        metrics = new DavMetrics(
                meters,
                verbs.stream().flatMap(verb -> verb.methods().stream()).collect(Collectors.toUnmodifiableSet()));
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        long start = System.nanoTime();
        try {
            answer(request, response);
        } catch (IOException e) {
            metrics.connectionCut();
            throw e;
        } finally {
            metrics.request(request.getMethod(), response.getStatus(), Duration.ofNanos(System.nanoTime() - start));
        }
    }

    private void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String prefix = request.getContextPath() + request.getServletPath();
        Refusal refusal;
        try {
            dispatch(request, response, prefix);
            return;
        } catch (Refused e) {
            refusal = e.refusal();
            logIfOurs(request, refusal, e);
        } catch (WireException e) {
            refusal = Refusal.of(e.status(), String.valueOf(e.getMessage()));
        } catch (StorageException e) {
            refusal = Refusal.of(e);
            logIfOurs(request, refusal, e);
        } catch (IOException e) {
            if (response.isCommitted()) {
                if (response.getStatus() == HttpServletResponse.SC_REQUEST_TIMEOUT) {
                    return; // Tomcat's own answer to a body that stalls; if it saw the exception, it would say 400
                    // instead.
                }
                throw e;
            }
            LOG.debug("A client's connection failed", e);
            metrics.connectionCut();
            response.setHeader("Connection", "close");
            refusal = Refusal.of(400, "The request's body ended early or could not be read.");
        } catch (RuntimeException e) {
            refusal = Refusal.of(500, "The server failed; its log has the details.");
            logIfOurs(request, refusal, e);
        }
        Object share = request.getAttribute(SHARE);
        refuse(request, response, share == null ? prefix : share.toString(), refusal);
    }

    private void dispatch(HttpServletRequest request, HttpServletResponse response, String prefix) throws IOException {
        Principal principal =
                request.getAttribute(PRINCIPAL) instanceof Principal known ? known : logins.require(request, response);
        request.setAttribute(USER, principal.name());
        Address address = Address.of(prefix, request.getRequestURI(), principal.name());
        request.setAttribute(SHARE, address.share());
        if (address.uploads().isEmpty()) {
            request.setAttribute(TARGET, address.below());
        }
        Exchange exchange = new Exchange(request, response, principal, address.share());
        RequestContext context = RequestContext.NONE
                .with("aws:SourceIp", request.getRemoteAddr())
                .with("aws:SecureTransport", Boolean.toString(request.isSecure()));
        try {
            ScopedValue.where(AccessControl.REQUEST, context).call(() -> {
                if (address.uploads().isPresent()) {
                    uploads.handle(exchange, address.uploads().get(), address.path());
                } else {
                    frame.dispatch(exchange, address.below(), request, response);
                }
                return true;
            });
        } finally {
            metrics.bytes(exchange.bytesReceived(), exchange.bytesSent());
        }
    }

    private static void logIfOurs(HttpServletRequest request, Refusal refusal, Throwable cause) {
        if (refusal.status() == 500) {
            LOG.error("{} {} failed", request.getMethod(), request.getRequestURI(), cause);
        }
    }

    /**
     * Answers with a refusal. Once the answer has begun it is too late: then the connection is cut, so that
     * nobody takes half a file or listing for a whole one.
     */
    private static void refuse(HttpServletRequest request, HttpServletResponse response, String prefix, Refusal refusal)
            throws IOException {
        if (response.isCommitted()) {
            throw new IOException("The answer had begun when it failed: " + refusal.message());
        }
        response.resetBuffer();
        for (String header : Set.of("ETag", "Last-Modified", "Cache-Control")) {
            response.setHeader(header, null);
        }
        response.setStatus(refusal.status());
        if (refusal.status() == 503) {
            response.setHeader("Retry-After", RETRY_SECONDS);
        }
        if (request.getAttribute(PRINCIPAL) != null) {
            byte[] problem = ProblemText.of(refusal).getBytes(StandardCharsets.UTF_8);
            response.setContentType("application/problem+json");
            response.setContentLength(problem.length);
            if (!request.getMethod().equals("HEAD")) {
                response.getOutputStream().write(problem);
            }
            return;
        }
        boolean xml = !refusal.condition().isEmpty();
        response.setContentType(xml ? "application/xml; charset=utf-8" : "text/plain; charset=utf-8");
        if (xml) {
            writeXml(response, prefix, refusal);
        } else {
            byte[] text = (refusal.message() + "\n").getBytes(StandardCharsets.UTF_8);
            response.setContentLength(text.length);
            if (!request.getMethod().equals("HEAD")) {
                response.getOutputStream().write(text);
            }
        }
    }

    private static void writeXml(HttpServletResponse response, String prefix, Refusal refusal) throws IOException {
        response.setContentLengthLong(-1);
        XmlOutput out = new XmlOutput(response.getOutputStream());
        out.markup("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:error xmlns:D=\"DAV:\">");
        if (refusal.about().isPresent()) {
            out.markup("<D:" + refusal.condition() + "><D:href>");
            out.text(prefix + "/" + PercentCoding.encode(refusal.about().get().toString()));
            out.markup("</D:href></D:" + refusal.condition() + ">");
        } else {
            out.markup("<D:" + refusal.condition() + "/>");
        }
        out.markup("<V:message xmlns:V=\"urn:varve\">").text(refusal.message());
        out.markup("</V:message></D:error>\n").flush();
    }
}
