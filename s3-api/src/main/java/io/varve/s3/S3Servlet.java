package io.varve.s3;

import io.micrometer.core.instrument.MeterRegistry;
import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.error.StorageRefusals;
import io.varve.s3.operation.Call;
import io.varve.s3.operation.CrossOrigin;
import io.varve.s3.operation.Encryption;
import io.varve.s3.operation.FormUploads;
import io.varve.s3.operation.Notifications;
import io.varve.s3.operation.Sender;
import io.varve.s3.operation.TokenService;
import io.varve.s3.operation.Traffic;
import io.varve.s3.operation.Webhook;
import io.varve.s3.operation.Website;
import io.varve.s3.request.Conditions;
import io.varve.s3.request.Headers;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import io.varve.s3.signature.PayloadAuthentication;
import io.varve.s3.signature.SignatureVerifier;
import io.varve.s3.signature.SignatureVerifier.Authenticated;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.RequestContext;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Serial;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Speaks S3 over the namespace. To be mapped at {@code /} of a connector that {@link S3Connector} made. Thread-safe.
 *
 * <p>A request goes through five steps: its head is read, its signature verified, its operation found in the table, the
 * right for it asked, and the operation done. Until the last step reads it, the body has not been touched, so a client
 * that waits for "100 Continue" is refused without having sent it.
 */
public final class S3Servlet extends HttpServlet {

    @Serial
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(S3Servlet.class);

    /** The request attribute with the number that logs know a request by; without it, one is made. */
    public static final String REQUEST_ID = S3Servlet.class.getName() + ".request-id";

    /** The request attribute that tells afterwards whose the request was; empty if nobody's. */
    public static final String USER = S3Servlet.class.getName() + ".user";

    /** The request attribute that tells afterwards which operation it was, by its name in the API reference. */
    public static final String OPERATION = S3Servlet.class.getName() + ".operation";

    /** The request attribute that tells afterwards what it was about: {@code /}, {@code /bucket} or {@code /bucket/key}. */
    public static final String TARGET = S3Servlet.class.getName() + ".target";

    /** The request attribute with a list of {@link Traffic.Changed}: what was changed under names that only the body told. */
    public static final String CHANGED = S3Servlet.class.getName() + ".changed";

    /** The name of the operation in metrics while none has been found. */
    private static final String UNKNOWN = "unknown";

    private final transient AccessControl access;
    private final transient S3Settings settings;
    private final transient SignatureVerifier<Sender> signatures;
    private final transient TokenService tokens;
    private final transient OperationGuard guard;
    private final transient Router router;
    private final transient CrossOrigin cors;
    private final transient Website website;
    private final transient S3Metrics metrics;
    private final transient RateLimits limits;
    private final transient Optional<Webhook> webhook;

    /**
     * @param namespace where buckets and objects are
     * @param access who may do what, and the key pairs
     * @param meters takes what the door measures
     * @param clock for signatures' times
     * @param settings how the door is set up
     */
    public S3Servlet(
            Namespace namespace, AccessControl access, MeterRegistry meters, InstantSource clock, S3Settings settings) {
        this.access = access;
        this.settings = settings;
        this.signatures =
                new SignatureVerifier<>(new SenderCredentials(access, clock), clock, settings.oldSignatures());
        this.tokens = new TokenService(access, clock);
        this.cors = new CrossOrigin(namespace);
        this.webhook = settings.webhook().map(hook -> new Webhook(hook.address(), hook.token()));
        Notifications notifications = new Notifications(namespace, webhook, clock, settings.region());
        Encryption encryption = new Encryption(namespace, access);
        this.website = new Website(namespace, access, encryption);
        this.guard = new OperationGuard(namespace, access);
        this.router = S3Operations.router(
                namespace,
                access,
                cors,
                new FormUploads(namespace, access, signatures, clock, settings, notifications, encryption),
                notifications,
                encryption,
                website,
                clock,
                settings);
        this.metrics = new S3Metrics(meters);
        this.limits = new RateLimits(settings.requestsPerSecond(), System::nanoTime);
    }

    @Override
    public void destroy() {
        webhook.ifPresent(Webhook::close);
    }

    /** Goes on with another limit of requests of a user in a second; 0 for any number. */
    public void limit(int requestsPerSecond) {
        limits.adjust(requestsPerSecond);
    }

    /** What is known of a request so far, for the answer if it fails. */
    private static final class Progress {
        final LoginAttempt attempt;
        final Traffic traffic = new Traffic();
        String operation = UNKNOWN;
        String principal = "";
        Map<String, String> corsHeaders = Map.of();
        boolean forTokens;

        @Nullable
        RequestTarget target;

        Progress(LoginAttempt attempt) {
            this.attempt = attempt;
        }
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        long started = System.nanoTime();
        String requestId = request.getAttribute(REQUEST_ID) instanceof String known
                ? known
                : HexFormat.of()
                        .withUpperCase()
                        .toHexDigits(ThreadLocalRandom.current().nextLong());
        Progress progress = new Progress(new LoginAttempt(access.throttle(), request.getRemoteAddr()));
        ErrorAnswer.identify(response, requestId);
        try {
            ScopedValue.where(LoginAttempt.CURRENT, progress.attempt).call(() -> {
                process(request, response, progress, requestId);
                return true;
            });
        } catch (S3Exception e) {
            refuse(request, response, progress, e, requestId);
        } catch (StorageException e) {
            refuse(request, response, progress, StorageRefusals.translate(e, progress.principal), requestId);
        } catch (RuntimeException e) {
            S3Exception error = new S3Exception(S3Error.INTERNAL_ERROR, S3Error.INTERNAL_ERROR.message(), e);
            refuse(request, response, progress, error, requestId);
        } finally {
            request.setAttribute(USER, progress.principal);
            request.setAttribute(OPERATION, progress.operation);
            request.setAttribute(CHANGED, progress.traffic.changed());
            if (progress.target != null) {
                request.setAttribute(TARGET, progress.target.resource());
            }
            metrics.bytes(progress.traffic.bytesIn(), progress.traffic.bytesOut());
            metrics.request(progress.operation, response.getStatus(), System.nanoTime() - started);
        }
    }

    private void process(HttpServletRequest request, HttpServletResponse response, Progress progress, String requestId)
            throws IOException {
        Headers headers = S3Connector.headers(request);
        String rawPath = S3Connector.rawPath(request);
        if (!RequestTarget.bucketOf(headers.get("host"), settings.websiteDomain())
                .isEmpty()) {
            showWebsite(request, response, progress, headers, requestId);
            return;
        }
        RequestTarget target = RequestTarget.parse(rawPath, headers.get("host"), settings.domain());
        progress.target = target;
        String rawQuery = request.getQueryString();
        QueryParameters query = QueryParameters.parse(rawQuery == null ? "" : rawQuery);
        if (request.getMethod().equals("OPTIONS") && !target.bucket().isEmpty()) {
            progress.operation = "Preflight";
            cors.preflight(target.bucket(), headers, response);
            return;
        }
        if (TokenService.isAsked(request.getMethod(), target, headers)) {
            progress.forTokens = true;
            progress.operation = "SecurityToken";
            giveTokens(request, response, progress, headers, requestId);
            return;
        }
        progress.corsHeaders = cors.headersFor(target.bucket(), request.getMethod(), headers);
        progress.corsHeaders.forEach(response::setHeader);
        Authenticated<Sender> sender = signatures
                .verify(request.getMethod(), target, query, headers)
                .orElseGet(() -> new Authenticated<>(
                        Sender.of(AccessControl.ANONYMOUS), SignatureVerifier.unsignedPayload(headers)));
        admit(sender.owner(), progress);
        Headers said = query.has("X-Amz-Signature") ? headers.withThoseOf(query) : headers;
        Router.Route route = router.find(request.getMethod(), target, query, said);
        progress.operation = route.name();
        Call call = new Call(
                request.getScheme() + "://" + headers.get("host") + rawPath,
                S3Connector.body(request),
                response,
                S3Connector.direct(request),
                target,
                query,
                said,
                sender.owner().principal(),
                sender.payload(),
                progress.traffic);
        RequestContext context = RequestContexts.of(
                        route.name(), request.getRemoteAddr(), request.isSecure(), said, query)
                .limitedTo(sender.owner().limits());
        ScopedValue.where(AccessControl.REQUEST, context).call(() -> {
            guard.perform(route, call);
            return true;
        });
    }

    private void admit(Sender sender, Progress progress) {
        progress.attempt.succeeded();
        progress.principal = sender.principal().name();
        if (!limits.admits(progress.principal)) {
            throw new S3Exception(S3Error.SLOW_DOWN);
        }
    }

    private void showWebsite(
            HttpServletRequest request,
            HttpServletResponse response,
            Progress progress,
            Headers headers,
            String requestId)
            throws IOException {
        progress.operation = "Website";
        admit(Sender.of(AccessControl.ANONYMOUS), progress);
        RequestTarget target =
                RequestTarget.parse(S3Connector.rawPath(request), headers.get("host"), settings.websiteDomain());
        Call call = new Call(
                request.getScheme() + "://" + headers.get("host"),
                S3Connector.body(request),
                response,
                S3Connector.direct(request),
                target,
                QueryParameters.NONE,
                headers,
                AccessControl.ANONYMOUS,
                new PayloadAuthentication.Unsigned(),
                progress.traffic);
        RequestContext context = RequestContexts.of(
                progress.operation, request.getRemoteAddr(), request.isSecure(), headers, QueryParameters.NONE);
        ScopedValue.where(AccessControl.REQUEST, context).call(() -> {
            website.serve(request.getMethod(), call, requestId);
            return true;
        });
    }

    /** The body comes first here: clients of this service sign its hash without telling it. */
    private void giveTokens(
            HttpServletRequest request,
            HttpServletResponse response,
            Progress progress,
            Headers headers,
            String requestId)
            throws IOException {
        byte[] body = S3Connector.body(request).readNBytes(TokenService.FORM_BYTES_MAX + 1);
        RequestTarget target = Objects.requireNonNull(progress.target);
        Headers signed = SignatureVerifier.withHashOf(body, headers);
        Authenticated<Sender> sender = signatures
                .verifyForTokens(request.getMethod(), target, QueryParameters.NONE, signed)
                .orElseThrow(() -> new S3Exception(S3Error.ACCESS_DENIED));
        admit(sender.owner(), progress);
        Call call = new Call(
                "",
                new ByteArrayInputStream(body),
                response,
                S3Connector.direct(request),
                target,
                QueryParameters.NONE,
                signed,
                sender.owner().principal(),
                sender.payload(),
                progress.traffic);
        tokens.serve(call, sender.owner(), requestId);
    }

    private void refuse(
            HttpServletRequest request,
            HttpServletResponse response,
            Progress progress,
            S3Exception error,
            String requestId)
            throws IOException {
        progress.attempt.refused(error.error());
        metrics.error(error.error().code());
        if (error.error().status() >= 500 && error.error() != S3Error.NOT_IMPLEMENTED) {
            LOG.warn(
                    "{} failed with {}, request {}",
                    progress.operation,
                    error.error().code(),
                    requestId,
                    error.getCause());
        } else {
            LOG.debug(
                    "{} refused with {}, request {}",
                    progress.operation,
                    error.error().code(),
                    requestId);
        }
        if (response.isCommitted()) {
            // Half an answer is on its way; only a cut connection says that the rest will not come.
            throw new IOException("the answer broke off: " + error.text(), error);
        }
        S3Connector.beforeRefusal(request);
        if (progress.forTokens) {
            response.reset();
            ErrorAnswer.identify(response, requestId);
            TokenService.refuse(response, error, requestId);
            return;
        }
        if (error.error() == S3Error.PRECONDITION_FAILED) {
            Conditions.only(S3Connector.headers(request)).ifPresent(name -> error.with("Condition", name));
        }
        ErrorAnswer.send(response, request.getMethod(), progress.target, progress.corsHeaders, error, requestId);
    }
}
