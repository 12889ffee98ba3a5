package io.varve.app.server;

import io.varve.app.console.ConsoleAssets;
import io.varve.app.console.ConsoleAssets.Asset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/**
 * The web console at {@code /}: a page, its scripts and styles out of the jar, nothing from elsewhere. The page may load what this server
 * has, run no script that stands in it, and be framed by nobody.
 */
@RestController
class ConsolePage {
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
                    + "media-src 'self'; connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; "
                    + "base-uri 'none'; frame-ancestors 'none'";

    private final ConsoleAssets assets;

    ConsolePage(ConsoleAssets assets) {
        this.assets = assets;
    }

    @GetMapping("/")
    ResponseEntity<byte[]> page(
            @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false) @Nullable String known,
            @RequestHeader(name = HttpHeaders.ACCEPT_ENCODING, required = false) @Nullable String encodings) {
        return answer("index.html", known, encodings);
    }

    @GetMapping("/console/{name}")
    ResponseEntity<byte[]> file(
            @PathVariable String name,
            @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false) @Nullable String known,
            @RequestHeader(name = HttpHeaders.ACCEPT_ENCODING, required = false) @Nullable String encodings) {
        return answer(name, known, encodings);
    }

    @GetMapping("/console/{folder}/{name}")
    ResponseEntity<byte[]> file(
            @PathVariable String folder,
            @PathVariable String name,
            @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false) @Nullable String known,
            @RequestHeader(name = HttpHeaders.ACCEPT_ENCODING, required = false) @Nullable String encodings) {
        return answer(folder + "/" + name, known, encodings);
    }

    /** The description of the REST interface. */
    @GetMapping("/api/v1/openapi.json")
    ResponseEntity<byte[]> openApi(
            @RequestHeader(name = HttpHeaders.IF_NONE_MATCH, required = false) @Nullable String known,
            @RequestHeader(name = HttpHeaders.ACCEPT_ENCODING, required = false) @Nullable String encodings) {
        return answer("openapi.json", known, encodings);
    }

    private ResponseEntity<byte[]> answer(String name, @Nullable String known, @Nullable String encodings) {
        Optional<Asset> found = assets.find(name);
        if (found.isEmpty()) {
            return ResponseEntity.notFound().build();
        }
        Asset asset = found.get();
        boolean compressed = encodings != null && encodings.contains("gzip");
        boolean same = known != null && known.contains(asset.etag());
        ResponseEntity.BodyBuilder answer = ResponseEntity.status(same ? HttpStatus.NOT_MODIFIED : HttpStatus.OK)
                .eTag(asset.etag())
                .cacheControl(CacheControl.noCache())
                .header(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING)
                .header("X-Content-Type-Options", "nosniff")
                .header("Content-Security-Policy", POLICY)
                .header("Referrer-Policy", "no-referrer")
                .header("Cross-Origin-Opener-Policy", "same-origin")
                .header(HttpHeaders.CONTENT_TYPE, asset.type());
        if (same) {
            return answer.build();
        }
        return compressed
                ? answer.header(HttpHeaders.CONTENT_ENCODING, "gzip").body(asset.compressed())
                : answer.body(asset.plain());
    }
}
