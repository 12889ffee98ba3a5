package io.varve.app.load;

/**
 * Work done.
 *
 * @param requests answered as expected
 * @param bytes of their bodies, in the direction that counts
 */
record Amount(long requests, long bytes) {
    static final Amount NONE = new Amount(0, 0);

    Amount plus(Amount other) {
        return new Amount(requests + other.requests, bytes + other.bytes);
    }
}
