package io.varve.app.packaged;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What can be wrong with requests at the S3 door. They are about a bucket {@code kept} with an object {@code file.bin} in it.
 *
 * @param port the door's port, which signatures cover
 */
record S3Mistakes(int port) {

    private RawRequest request(String method, String target) {
        return RawRequest.s3(port, method, target);
    }

    private RawRequest request(String method, String target, String payloadHash, Map<String, String> signed) {
        return RawRequest.s3(port, method, target, payloadHash, signed);
    }

    /** An upload whose frames Amazon's SDKs send: chunks with their sizes, and a trailer. */
    private RawRequest framed(String frames) {
        return request(
                        "PUT",
                        "/kept/new",
                        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                        Map.of("x-amz-decoded-content-length", "5", "x-amz-trailer", "x-amz-checksum-crc32c"))
                .with("Content-Encoding: aws-chunked")
                .wholeBody(frames);
    }

    private RawRequest requestAs(String accessKey, String secret) {
        return new RawRequest("GET", "/kept/file.bin")
                .with(new S3Signature(accessKey, secret)
                        .headers("GET", "/kept/file.bin", RawRequest.host(port), S3Signature.UNSIGNED, Map.of()));
    }

    Stream<Mistake> all() {
        return Stream.of(
                new Mistake("no signature", new RawRequest("GET", "/kept/file.bin"), 403, "AccessDenied"),
                new Mistake(
                        "unknown access key", requestAs("nobody", Installation.PASSWORD), 403, "InvalidAccessKeyId"),
                new Mistake("wrong secret", requestAs(Installation.USER, "guess"), 403, "SignatureDoesNotMatch"),
                new Mistake(
                        "login that is none",
                        new RawRequest("GET", "/kept/file.bin").with("Authorization: AWS4-HMAC-SHA256 ,,,"),
                        400,
                        "AuthorizationHeaderMalformed"),
                new Mistake("unknown bucket", request("GET", "/nobody/file.bin"), 404, "NoSuchBucket"),
                new Mistake(
                        "PUT to an unknown bucket",
                        request("PUT", "/nobody/file.bin").wholeBody("x"),
                        404,
                        "NoSuchBucket"),
                new Mistake("..", request("GET", "/kept/../../../etc/passwd"), 404, "NoSuchKey"),
                new Mistake("%2e%2e", request("GET", "/kept/%2e%2e/%2E%2E/etc/passwd"), 404, "NoSuchKey"),
                new Mistake("%2F", request("GET", "/kept/..%2F..%2Fetc%2Fpasswd"), 404, "NoSuchKey"),
                new Mistake(
                        ".. for a bucket", request("PUT", "/..").with("Content-Length: 0"), 400, "InvalidBucketName"),
                new Mistake("%00", request("PUT", "/kept/a%00b").wholeBody("x"), 400, "InvalidArgument"),
                new Mistake("bytes that are no UTF-8", request("GET", "/kept/%ff%fe"), 400, "InvalidURI"),
                new Mistake("half a percent sign", request("GET", "/kept/%f"), 400, "InvalidURI"),
                new Mistake(
                        "body cut off",
                        request("PUT", "/kept/new").body("half").with("Content-Length: 1000000"),
                        400,
                        "IncompleteBody"),
                new Mistake(
                        "wrong Content-MD5",
                        request("PUT", "/kept/new")
                                .with("Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==")
                                .wholeBody("x"),
                        400,
                        "BadDigest"),
                new Mistake(
                        "Content-MD5 that is none",
                        request("PUT", "/kept/new")
                                .with("Content-MD5: nonsense")
                                .wholeBody("x"),
                        400,
                        "InvalidDigest"),
                new Mistake(
                        "wrong hash of the body",
                        request("PUT", "/kept/new", "00".repeat(32), Map.of()).wholeBody("x"),
                        400,
                        "XAmzContentSHA256Mismatch"),
                new Mistake(
                        "wrong checksum",
                        request("PUT", "/kept/new", S3Signature.UNSIGNED, Map.of("x-amz-checksum-crc32c", "AAAAAA=="))
                                .wholeBody("x"),
                        400,
                        "BadDigest"),
                new Mistake("no length", request("PUT", "/kept/new"), 411, "MissingContentLength"),
                new Mistake(
                        "length beyond all objects",
                        request("PUT", "/kept/new").with("Content-Length: " + Mistake.LONG_MAX),
                        400,
                        "EntityTooLarge"),
                new Mistake(
                        "length beyond any number",
                        request("PUT", "/kept/new").with("Content-Length: 9" + Mistake.LONG_MAX),
                        400,
                        ""),
                new Mistake("length that is none", request("PUT", "/kept/new").with("Content-Length: many"), 400, ""),
                new Mistake("negative length", request("PUT", "/kept/new").with("Content-Length: -1"), 400, ""),
                new Mistake(
                        "two lengths",
                        request("PUT", "/kept/new")
                                .with("Content-Length: 1")
                                .with("Content-Length: 2")
                                .body("xy"),
                        400,
                        ""),
                new Mistake("frames that are none", framed("zz\r\nhello\r\n0\r\n\r\n"), 400, ""),
                new Mistake("frames cut off", framed("5\r\nhello\r\n"), 400, "IncompleteBody"),
                new Mistake(
                        "frames longer than told",
                        framed("6\r\nhello!\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n"),
                        400,
                        ""),
                new Mistake(
                        "wrong checksum after the frames",
                        framed("5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n"),
                        400,
                        "BadDigest"),
                new Mistake("broken XML in a delete", delete(Mistake.BROKEN), 400, "MalformedXML"),
                new Mistake("entity bomb in a delete", delete(Mistake.BOMB), 400, "MalformedXML"),
                new Mistake("entity from a file", delete(Mistake.OUTSIDE), 400, "MalformedXML"),
                new Mistake("deep XML", delete(Mistake.DEEP), 400, "MalformedXML"),
                new Mistake(
                        "entity bomb in a completion",
                        request("POST", "/kept/new?uploadId=none").wholeBody(Mistake.BOMB),
                        400,
                        "MalformedXML"),
                new Mistake(
                        "unknown upload",
                        request("PUT", "/kept/new?partNumber=1&uploadId=none").wholeBody("x"),
                        404,
                        "NoSuchUpload"),
                new Mistake(
                        "part number 0",
                        request("PUT", "/kept/new?partNumber=0&uploadId=none").wholeBody("x"),
                        400,
                        "InvalidArgument"),
                new Mistake("unknown method", request("FROBNICATE", "/kept/file.bin"), 501, "NotImplemented"),
                new Mistake("unknown question", request("GET", "/kept/file.bin?torrent"), 501, "NotImplemented"),
                new Mistake(
                        "headers too large",
                        request("GET", "/kept/file.bin").with("X-Long: " + "x".repeat(80_000)),
                        400,
                        ""),
                new Mistake("address too long", request("GET", "/kept/" + "x".repeat(80_000)), 400, ""),
                new Mistake("key too long", request("GET", "/kept/" + "x".repeat(2_000)), 400, "KeyTooLongError"));
    }

    private RawRequest delete(String xml) {
        byte[] md5 = Digests.md5(xml.getBytes(StandardCharsets.ISO_8859_1));
        return request("POST", "/kept?delete")
                .with("Content-MD5: " + Base64.getEncoder().encodeToString(md5))
                .wholeBody(xml);
    }
}
