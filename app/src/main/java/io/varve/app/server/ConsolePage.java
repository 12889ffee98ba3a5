package io.varve.app.server;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The page at {@code /}: what this is and how to connect. Plain HTML, nothing from elsewhere. */
@RestController
class ConsolePage {
    private static final String PAGE = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Varve</title>
            <body>
            <h1>Varve</h1>
            <p>A deduplicating, versioned storage server. It is running.</p>
            <ul>
            <li>Files: mount <a href="/dav/">/dav/</a> of this address as a WebDAV share.</li>
            <li>S3: any SDK or tool, path style, on the S3 port (9000 unless set otherwise).</li>
            <li>Figures: <a href="/metrics/storage-v2">/metrics/storage-v2</a>,
            health: <a href="/metrics/storage-v2/health">/metrics/storage-v2/health</a>.</li>
            </ul>
            <p>User name and password are the S3 access key and secret key.</p>
            </body>
            </html>
            """;

    @GetMapping("/")
    ResponseEntity<String> page() {
        return ResponseEntity.ok()
                .contentType(MediaType.TEXT_HTML)
                .header(HttpHeaders.CACHE_CONTROL, "no-cache")
                .header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
                .header("X-Content-Type-Options", "nosniff")
                .body(PAGE);
    }
}
