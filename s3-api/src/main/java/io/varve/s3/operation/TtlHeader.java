package io.varve.s3.operation;

import io.varve.s3.error.S3Exception;
import io.varve.s3.request.Headers;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.TimeToLive;
import java.util.Optional;

/**
 * A header beyond S3: {@code x-varve-ttl} gives an object a time to live of its own, and {@code x-varve-expires} tells when it ends.
 * S3 itself knows rules of a bucket only.
 */
final class TtlHeader {
    private static final String ASKED = "x-varve-ttl";
    private static final String TOLD = "x-varve-expires";

    private TtlHeader() {}

    static boolean isIn(Headers headers) {
        return headers.has(ASKED);
    }

    /** The attributes with what the header says among them, if it is there. */
    static Attributes apply(Namespace namespace, Headers headers, Attributes attributes) {
        if (!isIn(headers)) {
            return attributes;
        }
        Optional<TimeToLive> wanted = namespace.ttl().parse(headers.get(ASKED));
        return wanted.orElseThrow(() -> S3Exception.invalidArgument(
                        ASKED, headers.get(ASKED), "A time to live is " + TimeToLive.GRAMMAR + "."))
                .in(attributes);
    }

    /** Tells when an object goes by its own time to live. */
    static void tell(Entry entry, Call call) {
        entry.expires().ifPresent(moment -> call.response().setHeader(TOLD, moment.toString()));
    }
}
