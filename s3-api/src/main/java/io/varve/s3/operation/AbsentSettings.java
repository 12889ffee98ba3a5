package io.varve.s3.operation;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.s3.xml.XmlWriter;
import io.varve.storage.namespace.Namespace;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Settings of a bucket that nobody can have here, asked for by tools that look at all there is: the answer is the one of a bucket that
 * has none. To set one is not implemented. Thread-safe.
 */
public final class AbsentSettings {

    private final Namespace namespace;

    public AbsentSettings(Namespace namespace) {
        this.namespace = namespace;
    }

    /** GetBucketAccelerateConfiguration: never switched on. */
    public void acceleration(Call call) throws IOException {
        requireBucket(call);
        call.answer(XmlWriter.document("AccelerateConfiguration"));
    }

    /** GetBucketRequestPayment: there is nothing to pay. */
    public void payment(Call call) throws IOException {
        requireBucket(call);
        call.answer(XmlWriter.document("RequestPaymentConfiguration").text("Payer", "BucketOwner"));
    }

    /** GetBucketLogging: off. */
    public void logging(Call call) throws IOException {
        requireBucket(call);
        call.answer(XmlWriter.document("BucketLoggingStatus"));
    }

    /** GetBucketReplication: none. */
    public void replication(Call call) {
        requireBucket(call);
        throw new S3Exception(S3Error.REPLICATION_CONFIGURATION_NOT_FOUND);
    }

    /** DeleteBucketReplication: none is left. */
    public void noReplication(Call call) {
        requireBucket(call);
        call.answer(HttpServletResponse.SC_NO_CONTENT);
    }

    private void requireBucket(Call call) {
        if (namespace.findBucket(call.bucket()).isEmpty()) {
            throw new S3Exception(S3Error.NO_SUCH_BUCKET);
        }
    }
}
