package io.varve.app.packaged;

import java.util.stream.Stream;

/** What can be wrong with requests at the WebDAV door. They are about a bucket {@code kept} with a file {@code file.bin} in it. */
final class DavMistakes {

    private DavMistakes() {}

    /** A request of the administrator. */
    static RawRequest request(String method, String path) {
        return new RawRequest(method, "/dav/" + path)
                .with("Authorization: " + DavClient.basic(Installation.USER, Installation.PASSWORD));
    }

    private static RawRequest xml(String method, String xml) {
        return request(method, "kept/file.bin")
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
                new Mistake("unknown bucket", request("GET", "nobody/file.bin"), 404, ""),
                new Mistake(
                        "PUT to an unknown bucket",
                        request("PUT", "nobody/file.bin").wholeBody("x"),
                        409,
                        ""),
                new Mistake("..", request("PUT", "kept/../../../etc/varve").wholeBody("x"), 400, ""),
                new Mistake(
                        "%2e%2e within the door",
                        request("PUT", "kept/%2e%2e/%2E/varve").wholeBody("x"), 400, ""),
                new Mistake(
                        "%2e%2e out of the door",
                        request("PUT", "kept/%2e%2e/%2E%2E/etc/varve").wholeBody("x"), 404, ""),
                new Mistake("%2F", request("PUT", "kept/..%2F..%2Fetc%2Fvarve").wholeBody("x"), 400, ""),
                new Mistake("%5C", request("PUT", "kept/..%5C..%5Cvarve%2F").wholeBody("x"), 400, ""),
                new Mistake("%00", request("PUT", "kept/a%00b").wholeBody("x"), 400, ""),
                new Mistake("bytes that are no UTF-8", request("GET", "kept/%ff%fe"), 400, ""),
                new Mistake("half a percent sign", request("GET", "kept/%f"), 400, ""),
                new Mistake(
                        "destination outside",
                        request("MOVE", "kept/file.bin").with("Destination: /dav/kept/..%2f..%2fetc/passwd"),
                        400,
                        ""),
                new Mistake(
                        "destination elsewhere",
                        request("COPY", "kept/file.bin").with("Destination: http://other.example/dav/kept/b"),
                        502,
                        ""),
                new Mistake(
                        "body cut off",
                        request("PUT", "kept/new").body("half").with("Content-Length: 1000000"),
                        400,
                        ""),
                new Mistake(
                        "chunked body cut off",
                        request("PUT", "kept/new")
                                .with("Transfer-Encoding: chunked")
                                .body("5\r\nhello\r\n"),
                        400,
                        ""),
                new Mistake(
                        "chunks that are none",
                        request("PUT", "kept/new")
                                .with("Transfer-Encoding: chunked")
                                .body("zz\r\nhello\r\n0\r\n\r\n"),
                        400,
                        ""),
                new Mistake(
                        "length beyond any disk",
                        request("PUT", "kept/new").with("Content-Length: " + Mistake.LONG_MAX),
                        507,
                        ""),
                new Mistake(
                        "length beyond any number",
                        request("PUT", "kept/new").with("Content-Length: 9" + Mistake.LONG_MAX),
                        400,
                        ""),
                new Mistake("length that is none", request("PUT", "kept/new").with("Content-Length: many"), 400, ""),
                new Mistake("negative length", request("PUT", "kept/new").with("Content-Length: -1"), 400, ""),
                new Mistake(
                        "two lengths",
                        request("PUT", "kept/new")
                                .with("Content-Length: 1")
                                .with("Content-Length: 2")
                                .body("xy"),
                        400,
                        ""),
                new Mistake(
                        "part of a file",
                        request("PUT", "kept/new")
                                .with("Content-Range: bytes 5-9/10")
                                .wholeBody("12345"),
                        400,
                        ""),
                new Mistake("broken XML", xml("PROPFIND", Mistake.BROKEN), 400, ""),
                new Mistake("entity bomb in PROPFIND", xml("PROPFIND", Mistake.BOMB), 400, ""),
                new Mistake("entity bomb in PROPPATCH", xml("PROPPATCH", Mistake.BOMB), 400, ""),
                new Mistake("entity bomb in LOCK", xml("LOCK", Mistake.BOMB), 400, ""),
                new Mistake("entity from a file", xml("PROPFIND", Mistake.OUTSIDE), 400, ""),
                new Mistake("deep XML", xml("PROPPATCH", Mistake.DEEP), 400, ""),
                new Mistake("XML without end", xml("PROPFIND", "<a>" + "x".repeat(2 << 20)), 413, ""),
                new Mistake("depth that is none", request("PROPFIND", "kept/").with("Depth: 7"), 400, ""),
                new Mistake(
                        "condition that is none",
                        request("DELETE", "kept/file.bin").with("If: (((<"),
                        400,
                        ""),
                new Mistake("unknown method", request("FROBNICATE", "kept/file.bin"), 405, "Allow:"),
                new Mistake("POST", request("POST", "kept/file.bin").wholeBody("a=b"), 405, "Allow:"),
                new Mistake(
                        "headers too large",
                        request("GET", "kept/file.bin").with("X-Long: " + "x".repeat(80_000)),
                        400,
                        ""),
                new Mistake("address too long", request("GET", "kept/" + "x".repeat(80_000)), 400, ""));
    }
}
