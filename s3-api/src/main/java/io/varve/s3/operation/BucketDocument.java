package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.Namespace;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A document about buckets that is given back as it was put: a client may have written it in more than one way. Thread-safe.
 *
 * @param <T> what it says
 */
public final class BucketDocument<T> {
    private final Namespace namespace;
    private final String setting;
    private final int bytesMax;
    private final S3Error absent;
    private final Parser<T> parser;
    private final Check<T> check;

    /** Reads a document. */
    @FunctionalInterface
    interface Parser<T> {
        /** What it says; throws {@link S3Exception} for one that says nothing. */
        T parse(byte[] document);
    }

    /** Looks at what a document says before it is kept. */
    @FunctionalInterface
    interface Check<T> {
        /** Throws {@link S3Exception} for what is to be put no more, though it may be kept from former times. */
        void accept(T said);
    }

    /**
     * @param name the setting that keeps it
     * @param bytesMax how long it may be
     * @param absent what is told of a bucket without
     */
    BucketDocument(Namespace namespace, String name, int bytesMax, S3Error absent, Parser<T> parser, Check<T> check) {
        this.namespace = namespace;
        this.setting = Attributes.SETTING + name;
        this.bytesMax = bytesMax;
        this.absent = absent;
        this.parser = parser;
        this.check = check;
    }

    /** Answers with the document. */
    public void get(Call call) throws IOException {
        call.answer(stored(call.bucket()), "application/xml");
    }

    /** Keeps a document in place of any other. */
    public void put(Call call) {
        byte[] document = call.body().readAll(bytesMax);
        check.accept(parser.parse(document));
        String text = new String(document, StandardCharsets.UTF_8);
        namespace.changeBucketSettings(call.bucket(), settings -> settings.with(setting, text));
        call.answer(HttpServletResponse.SC_OK);
    }

    /** Takes the document away; no error if there is none. */
    public void delete(Call call) {
        namespace.changeBucketSettings(call.bucket(), settings -> settings.without(setting));
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    /** What a bucket's document says; empty if it has none or is not there. */
    Optional<T> find(String bucket) {
        return namespace.findBucket(bucket).flatMap(this::stored).map(parser::parse);
    }

    /**
     * What a bucket's document says.
     *
     * @throws S3Exception if it has none or is not there
     */
    T require(String bucket) {
        return parser.parse(stored(bucket));
    }

    private byte[] stored(String bucket) {
        Bucket found = namespace.findBucket(bucket).orElseThrow(() -> new S3Exception(S3Error.NO_SUCH_BUCKET));
        return stored(found).orElseThrow(() -> new S3Exception(absent));
    }

    private Optional<byte[]> stored(Bucket bucket) {
        return bucket.settings().get(setting).map(text -> text.getBytes(StandardCharsets.UTF_8));
    }
}
