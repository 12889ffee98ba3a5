package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.s3.request.HttpDate;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.RequestTarget;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.access.Sessions;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Gives temporary credentials, as Amazon's Security Token Service does (API reference of STS): a form that is posted to the root. There are
 * no roles, so those of AssumeRole are for the user who asks, whatever role is named, and may what the session's policy says of that.
 * Thread-safe.
 */
public final class TokenService {

    /** The longest form: a policy with each character coded, and some names. */
    public static final int FORM_BYTES_MAX = 16 * 1024;

    private static final String NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
    private static final String VERSION = "2011-06-15";
    private static final String ACCOUNT = "000000000000";
    private static final int SECONDS_MIN = 900;
    private static final int ROLE_SECONDS = 3600;
    private static final int ROLE_SECONDS_MAX = 43_200;
    private static final int SESSION_SECONDS = 43_200;
    private static final int SESSION_SECONDS_MAX = 129_600;
    private static final int POLICY_PERCENT = 100;

    private final AccessControl access;
    private final InstantSource clock;

    public TokenService(AccessControl access, InstantSource clock) {
        this.access = access;
        this.clock = clock;
    }

    /** Whether a request is for this service. */
    public static boolean isAsked(String method, RequestTarget target, Headers headers) {
        return method.equals("POST")
                && target.scope() == RequestTarget.Scope.SERVICE
                && headers.get("content-type").toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded");
    }

    /** Answers a request of somebody who is known. */
    public void serve(Call call, Sender sender, String requestId) throws IOException {
        byte[] body = call.body().readAll(FORM_BYTES_MAX);
        QueryParameters form = QueryParameters.parse(new String(body, StandardCharsets.UTF_8));
        if (!form.get("Version").equals(VERSION)) {
            throw new S3Exception(S3Error.INVALID_ACTION);
        }
        String action = form.get("Action");
        Consumer<XmlWriter> result = switch (action) {
            case "GetCallerIdentity" -> xml -> identity(xml, sender.principal());
            case "GetSessionToken" -> {
                requireOwn(sender);
                yield session(form, sender.principal());
            }
            case "AssumeRole" -> {
                requireOwn(sender);
                yield role(form, sender.principal());
            }
            default -> throw new S3Exception(S3Error.INVALID_ACTION);
        };
        XmlWriter xml = XmlWriter.document(action + "Response", NAMESPACE).open(action + "Result");
        result.accept(xml);
        call.answer(xml.close(action + "Result")
                .open("ResponseMetadata")
                .text("RequestId", requestId)
                .close("ResponseMetadata"));
    }

    /** Temporary credentials beget no others, which would outlive them. */
    private static void requireOwn(Sender sender) {
        if (sender.principal().equals(AccessControl.ANONYMOUS)
                || sender.session().isPresent()) {
            throw new S3Exception(S3Error.ACCESS_DENIED);
        }
    }

    private static void identity(XmlWriter xml, Principal principal) {
        if (principal.equals(AccessControl.ANONYMOUS)) {
            throw new S3Exception(S3Error.ACCESS_DENIED);
        }
        xml.text("Arn", "arn:aws:iam::" + ACCOUNT + ":user/" + principal.name())
                .text("UserId", principal.name())
                .text("Account", ACCOUNT);
    }

    private Consumer<XmlWriter> session(QueryParameters form, Principal principal) {
        Sessions.Session issued = issue(principal, seconds(form, SESSION_SECONDS, SESSION_SECONDS_MAX), "");
        return xml -> credentials(xml, issued);
    }

    private Consumer<XmlWriter> role(QueryParameters form, Principal principal) {
        String policy = form.get("Policy");
        Sessions.Session issued = issue(principal, seconds(form, ROLE_SECONDS, ROLE_SECONDS_MAX), policy);
        String session = form.find("RoleSessionName").orElse(principal.name());
        return xml -> {
            credentials(xml, issued);
            xml.open("AssumedRoleUser")
                    .text("AssumedRoleId", principal.name() + ":" + session)
                    .text("Arn", "arn:aws:sts::" + ACCOUNT + ":assumed-role/" + principal.name() + "/" + session)
                    .close("AssumedRoleUser");
            if (!policy.isEmpty()) {
                xml.text("PackedPolicySize", POLICY_PERCENT * policy.length() / Sessions.POLICY_LENGTH_MAX);
            }
        };
    }

    private Sessions.Session issue(Principal principal, int seconds, String policy) {
        try {
            return access.sessions().issue(principal, clock.instant().plusSeconds(seconds), policy);
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            throw new S3Exception(
                    S3Error.MALFORMED_POLICY_DOCUMENT,
                    message == null ? S3Error.MALFORMED_POLICY_DOCUMENT.message() : message,
                    e);
        }
    }

    private static int seconds(QueryParameters form, int absent, int max) {
        String text = form.get("DurationSeconds");
        try {
            int seconds = text.isEmpty() ? absent : Integer.parseInt(text);
            if (seconds >= SECONDS_MIN && seconds <= max) {
                return seconds;
            }
        } catch (NumberFormatException ignored) {
            // The same answer as for a number out of range.
        }
        throw new S3Exception(
                S3Error.VALIDATION_ERROR, "DurationSeconds must be a number from " + SECONDS_MIN + " to " + max + ".");
    }

    private static void credentials(XmlWriter xml, Sessions.Session issued) {
        xml.open("Credentials")
                .text("AccessKeyId", issued.accessKeyId())
                .text("SecretAccessKey", issued.secret())
                .text("SessionToken", issued.token())
                .text("Expiration", HttpDate.formatIso(issued.expires()))
                .close("Credentials");
    }

    /** Answers with an error as this service tells it. */
    public static void refuse(HttpServletResponse response, S3Exception error, String requestId) throws IOException {
        byte[] document = XmlWriter.document("ErrorResponse", NAMESPACE)
                .open("Error")
                .text(
                        "Type",
                        error.error().status() < HttpServletResponse.SC_INTERNAL_SERVER_ERROR ? "Sender" : "Receiver")
                .text("Code", error.error().code())
                .text("Message", error.text())
                .close("Error")
                .text("RequestId", requestId)
                .finish();
        response.setStatus(error.error().status());
        response.setContentType("text/xml");
        response.setContentLength(document.length);
        response.getOutputStream().write(document);
    }
}
