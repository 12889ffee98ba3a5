package io.varve.s3.operation;

import io.varve.s3.error.S3Exception;
import io.varve.s3.request.QueryParameters;
import io.varve.s3.request.UriCoding;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Query parameters that several operations share. */
final class Parameters {

    private Parameters() {}

    /**
     * A number.
     *
     * @param absent what it is when not given, or given empty
     * @param min the least allowed; less is an error
     * @param max the most used; more is cut to it
     */
    static int number(QueryParameters query, String name, int absent, int min, int max) {
        String text = query.get(name);
        if (text.isEmpty()) {
            return absent;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= Integer.MAX_VALUE) {
                return (int) Math.min(number, max);
            }
        } catch (NumberFormatException ignored) {
            // The same answer as for a number out of range.
        }
        throw S3Exception.invalidArgument(
                name, text, "Argument " + name + " must be an integer between " + min + " and " + Integer.MAX_VALUE);
    }

    /** How keys are written in a listing: as they are, or percent-coded for {@code encoding-type=url}. */
    static UnaryOperator<String> keyCoding(QueryParameters query) {
        Optional<String> type = query.find("encoding-type");
        if (type.isEmpty()) {
            return UnaryOperator.identity();
        }
        if (!type.get().equals("url")) {
            throw S3Exception.invalidArgument(
                    "encoding-type", type.get(), "Invalid Encoding Method specified in Request");
        }
        return key -> UriCoding.encode(key, true);
    }
}
