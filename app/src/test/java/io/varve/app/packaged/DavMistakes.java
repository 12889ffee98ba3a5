package io.varve.app.packaged;

import java.util.stream.Stream;

/** What can be wrong with requests at the WebDAV door. They are about a bucket {@code kept} with a file {@code file.bin} in it. */
final class DavMistakes {

    private DavMistakes() {}

    private static RawRequest xml(String method, String xml) {
        return RawRequest.dav(method, "kept/file.bin")
                .with("Content-Type: application/xml")
                .wholeBody(xml);
    }

    static Stream<Mistake> all() {
        return Stream.of(
                new Mistake("no login", new RawRequest("GET", "/dav/kept/file.bin"), 401, "WWW-Authenticate: Basic"),
                new Mistake(
                        "wrong password",
                        new RawRequest("GET", "/dav/kept/file.bin")
                                .with("Authorization: " + DavClient.basic(Installation.USER, "guess")),
                        401,
                        "WWW-Authenticate: Basic"),
                new Mistake(
                        "login that is no Base64",
                        new RawRequest("GET", "/dav/kept/file.bin").with("Authorization: Basic ====="),
                        401,
                        "WWW-Authenticate: Basic"),
                new Mistake("unknown bucket", RawRequest.dav("GET", "nobody/file.bin"), 404, ""),
                new Mistake(
                        "PUT to an unknown bucket",
                        RawRequest.dav("PUT", "nobody/file.bin").wholeBody("x"),
                        409,
                        ""),
                new Mistake(
                        "..", RawRequest.dav("PUT", "kept/../../../etc/varve").wholeBody("x"), 400, ""),
                new Mistake(
                        "%2e%2e within the door",
                        RawRequest.dav("PUT", "kept/%2e%2e/%2E/varve").wholeBody("x"), 400, ""),
                new Mistake(
                        "%2e%2e out of the door",
                        RawRequest.dav("PUT", "kept/%2e%2e/%2E%2E/etc/varve").wholeBody("x"), 404, ""),
                new Mistake(
                        "%2F",
                        RawRequest.dav("PUT", "kept/..%2F..%2Fetc%2Fvarve").wholeBody("x"), 400, ""),
                new Mistake(
                        "%5C", RawRequest.dav("PUT", "kept/..%5C..%5Cvarve%2F").wholeBody("x"), 400, ""),
                new Mistake("%00", RawRequest.dav("PUT", "kept/a%00b").wholeBody("x"), 400, ""),
                new Mistake("bytes that are no UTF-8", RawRequest.dav("GET", "kept/%ff%fe"), 400, ""),
                new Mistake("half a percent sign", RawRequest.dav("GET", "kept/%f"), 400, ""),
                new Mistake(
                        "destination outside",
                        RawRequest.dav("MOVE", "kept/file.bin").with("Destination: /dav/kept/..%2f..%2fetc/passwd"),
                        400,
                        ""),
                new Mistake(
                        "destination elsewhere",
                        RawRequest.dav("COPY", "kept/file.bin").with("Destination: http://other.example/dav/kept/b"),
                        502,
                        ""),
                new Mistake(
                        "body cut off",
                        RawRequest.dav("PUT", "kept/new").body("half").with("Content-Length: 1000000"),
                        400,
                        ""),
                new Mistake(
                        "chunked body cut off",
                        RawRequest.dav("PUT", "kept/new")
                                .with("Transfer-Encoding: chunked")
                                .body("5\r\nhello\r\n"),
                        400,
                        ""),
                new Mistake(
                        "chunks that are none",
                        RawRequest.dav("PUT", "kept/new")
                                .with("Transfer-Encoding: chunked")
                                .body("zz\r\nhello\r\n0\r\n\r\n"),
                        400,
                        ""),
                new Mistake(
                        "length beyond any disk",
                        RawRequest.dav("PUT", "kept/new").with("Content-Length: " + Mistake.LONG_MAX),
                        507,
                        ""),
                new Mistake(
                        "length beyond any number",
                        RawRequest.dav("PUT", "kept/new").with("Content-Length: 9" + Mistake.LONG_MAX),
                        400,
                        ""),
                new Mistake(
                        "length that is none", RawRequest.dav("PUT", "kept/new").with("Content-Length: many"), 400, ""),
                new Mistake("negative length", RawRequest.dav("PUT", "kept/new").with("Content-Length: -1"), 400, ""),
                new Mistake(
                        "two lengths",
                        RawRequest.dav("PUT", "kept/new")
                                .with("Content-Length: 1")
                                .with("Content-Length: 2")
                                .body("xy"),
                        400,
                        ""),
                new Mistake(
                        "part of a file that leaves a gap",
                        RawRequest.dav("PUT", "kept/new")
                                .with("Content-Range: bytes 5-9/10")
                                .wholeBody("12345"),
                        416,
                        ""),
                new Mistake("broken XML", xml("PROPFIND", Mistake.BROKEN), 400, ""),
                new Mistake("entity bomb in PROPFIND", xml("PROPFIND", Mistake.BOMB), 400, ""),
                new Mistake("entity bomb in PROPPATCH", xml("PROPPATCH", Mistake.BOMB), 400, ""),
                new Mistake("entity bomb in LOCK", xml("LOCK", Mistake.BOMB), 400, ""),
                new Mistake("entity from a file", xml("PROPFIND", Mistake.OUTSIDE), 400, ""),
                new Mistake("deep XML", xml("PROPPATCH", Mistake.DEEP), 400, ""),
                new Mistake("XML without end", xml("PROPFIND", "<a>" + "x".repeat(2 << 20)), 413, ""),
                new Mistake(
                        "depth that is none",
                        RawRequest.dav("PROPFIND", "kept/").with("Depth: 7"),
                        400,
                        ""),
                new Mistake(
                        "condition that is none",
                        RawRequest.dav("DELETE", "kept/file.bin").with("If: (((<"),
                        400,
                        ""),
                new Mistake("unknown method", RawRequest.dav("FROBNICATE", "kept/file.bin"), 405, "Allow:"),
                new Mistake("POST", RawRequest.dav("POST", "kept/file.bin").wholeBody("a=b"), 405, "Allow:"),
                new Mistake(
                        "headers too large",
                        RawRequest.dav("GET", "kept/file.bin").with("X-Long: " + "x".repeat(80_000)),
                        400,
                        ""),
                new Mistake("address too long", RawRequest.dav("GET", "kept/" + "x".repeat(80_000)), 400, ""));
    }
}
