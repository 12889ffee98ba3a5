package io.varve.s3;

import io.varve.s3.error.S3Error;
import io.varve.s3.error.S3Exception;
import io.varve.storage.access.LoginThrottle;
import io.varve.storage.access.LoginThrottle.Way;
import java.time.Duration;
import java.util.Set;

/** What a request's signature says of who sends it: whether it is looked at, and how that went. One thread at a time. */
final class LoginAttempt {
    /** The one of the request that is worked on. */
    static final ScopedValue<LoginAttempt> CURRENT = ScopedValue.newInstance();

    /** What a wrong secret or a wrong name are answered with. */
    private static final Set<S3Error> WRONG = Set.of(S3Error.SIGNATURE_DOES_NOT_MATCH, S3Error.INVALID_ACCESS_KEY_ID);

    private final LoginThrottle throttle;
    private final String address;
    private String accessKeyId = "";
    private boolean succeeded;

    /** @param address where the request came from */
    LoginAttempt(LoginThrottle throttle, String address) {
        this.throttle = throttle;
        this.address = address;
    }

    /**
     * Notes who it claims to be.
     *
     * @throws S3Exception {@code SlowDown} if too many from the address were wrong
     */
    void claim(String claimed) {
        accessKeyId = claimed;
        Duration left = throttle.locked(Way.SIGNATURE, claimed, address);
        if (!left.isZero()) {
            long seconds = left.toSeconds() + 1;
            throw new S3Exception(
                            S3Error.SLOW_DOWN,
                            "Too many wrong signatures for this access key, or from this address: try again in "
                                    + seconds + " seconds.")
                    .header("Retry-After", Long.toString(seconds));
        }
    }

    /** Notes that the signature is right. */
    void succeeded() {
        if (!accessKeyId.isEmpty()) {
            succeeded = true;
            throttle.succeeded(Way.SIGNATURE, accessKeyId, address);
        }
    }

    /** Notes why a request was refused; a chunk of a body that does not match says nothing about who sends it. */
    void refused(S3Error reason) {
        if (!accessKeyId.isEmpty() && !succeeded && WRONG.contains(reason)) {
            throttle.failed(Way.SIGNATURE, accessKeyId, address);
        }
    }
}
