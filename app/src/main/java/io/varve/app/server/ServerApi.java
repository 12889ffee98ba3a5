package io.varve.app.server;

import io.varve.app.config.VarveSettings;
import io.varve.app.console.AuditLog;
import io.varve.app.console.AuditTrail;
import io.varve.storage.StorageEngine;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1}: {@code server}, what clients need to connect, and {@code audit}, who changed what. */
@RestController
@RequestMapping("/api/v1")
class ServerApi extends UserApi {
    private static final int LISTED_MAX = 1000;

    private final VarveSettings settings;
    private final AuditTrail audit;
    private final ObjectProvider<ServletDoor> s3Door;
    private final String version;

    /**
     * Where the doors are, as seen from the caller's side.
     *
     * @param web console, WebDAV and REST, without a slash at the end
     * @param s3 the S3 endpoint
     * @param domain the domain under which bucket names are host names; empty for none
     */
    record ServerInfo(String version, String web, String s3, String region, String domain) {}

    ServerApi(
            StorageEngine engine,
            VarveSettings settings,
            AuditTrail audit,
            ObjectProvider<ServletDoor> s3Door,
            ObjectProvider<BuildProperties> build) {
        super(engine.access());
        this.settings = settings;
        this.audit = audit;
        this.s3Door = s3Door;
        BuildProperties properties = build.getIfAvailable();
        this.version = properties == null || properties.getVersion() == null ? "" : properties.getVersion();
    }

    /** The host is the one the caller used: nothing else is known to be reachable from there. */
    @GetMapping("/server")
    ServerInfo server(HttpServletRequest request) {
        boolean forwarded = "https".equalsIgnoreCase(request.getHeader("X-Forwarded-Proto"));
        String scheme = forwarded ? "https" : request.getScheme();
        String host = request.getServerName();
        int port = request.getServerPort();
        boolean usual = port == (scheme.equals("https") ? 443 : 80);
        String literal = host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host;
        return new ServerInfo(
                version,
                scheme + "://" + literal + (usual ? "" : ":" + port),
                (settings.tls().isPresent() ? "https://" : "http://") + literal + ":"
                        + s3Door.getObject().port(),
                settings.s3().region(),
                settings.s3().domain());
    }

    /** Lines of the audit log, for administrators, the newest first. */
    @GetMapping("/audit")
    AuditLog.Page audit(
            @RequestParam(defaultValue = "administration") String log,
            @RequestParam(defaultValue = "0") long skip,
            @RequestParam(defaultValue = "100") int limit)
            throws IOException {
        if (!isAdministrator()) {
            throw new ForbiddenException("The audit log is for administrators.");
        }
        AuditTrail.Part part = switch (log) {
            case "administration" -> AuditTrail.Part.ADMINISTRATION;
            case "files" -> AuditTrail.Part.FILES;
            default -> throw new HistoryApi.BadWordException("'" + log + "' is no log: administration, or files.");
        };
        return audit.read(part, Math.max(0, skip), Math.clamp(limit, 1, LISTED_MAX));
    }

    @ExceptionHandler(IOException.class)
    ResponseEntity<ProblemDetail> failed(IOException failure) {
        return problem(HttpStatus.SERVICE_UNAVAILABLE, "The audit log cannot be read: " + failure.getMessage());
    }
}
