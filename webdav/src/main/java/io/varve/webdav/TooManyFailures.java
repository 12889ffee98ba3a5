package io.varve.webdav;

import io.varve.storage.access.LoginThrottle;
import java.io.Serial;
import java.time.Duration;

/** A login is not looked at, since too many from its address were wrong; {@link Logins} makes an answer of it. */
final class TooManyFailures extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    private final long seconds;

    private TooManyFailures(Duration left) {
        super("Too many wrong passwords", null, false, false);
        this.seconds = left.toSeconds() + 1;
    }

    /** Stops whoever is locked. */
    static void check(LoginThrottle throttle, String name, String address) throws TooManyFailures {
        Duration left = throttle.locked(LoginThrottle.Way.PASSWORD, name, address);
        if (!left.isZero()) {
            throw new TooManyFailures(left);
        }
    }

    /** After how many seconds one may try again. */
    long seconds() {
        return seconds;
    }
}
