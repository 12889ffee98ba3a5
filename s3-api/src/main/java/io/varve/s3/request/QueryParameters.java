package io.varve.s3.request;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The query of a request: decoded parameters in the order they came, and the canonical form that is signed.
 *
 * @param parameters all of them, also several of one name
 */
public record QueryParameters(List<Parameter> parameters) {

    /**
     * One parameter, decoded.
     *
     * @param name its name
     * @param value its value; empty both for {@code ?name} and for {@code ?name=}
     */
    public record Parameter(String name, String value) {}

    public static final QueryParameters NONE = new QueryParameters(List.of());

    public QueryParameters {
        parameters = List.copyOf(parameters);
    }

    /**
     * Parses the raw query.
     *
     * @param raw what stands after the question mark; empty for none
     * @throws io.varve.s3.error.S3Exception if an escape in it is broken
     */
    public static QueryParameters parse(String raw) {
        if (raw.isEmpty()) {
            return NONE;
        }
        List<Parameter> parameters = new ArrayList<>();
        int start = 0;
        while (start <= raw.length()) {
            int end = raw.indexOf('&', start);
            if (end < 0) {
                end = raw.length();
            }
            if (end > start) {
                int equals = raw.indexOf('=', start);
                int nameEnd = equals < 0 || equals > end ? end : equals;
                String value = nameEnd == end ? "" : raw.substring(nameEnd + 1, end);
                parameters.add(new Parameter(
                        UriCoding.decode(raw.substring(start, nameEnd), true), UriCoding.decode(value, true)));
            }
            start = end + 1;
        }
        return new QueryParameters(parameters);
    }

    /** The value of the first parameter of that name, or empty if there is none. */
    public Optional<String> find(String name) {
        for (Parameter parameter : parameters) {
            if (parameter.name().equals(name)) {
                return Optional.of(parameter.value());
            }
        }
        return Optional.empty();
    }

    /** The value of the first parameter of that name, or the empty text. */
    public String get(String name) {
        return find(name).orElse("");
    }

    public boolean has(String name) {
        return find(name).isPresent();
    }

    /**
     * The canonical query string: parameters coded anew, sorted by name and then by value, each with an equals sign.
     *
     * @param without the name of a parameter to leave out (the signature itself); may be empty
     */
    public String canonical(String without) {
        List<Parameter> coded = new ArrayList<>(parameters.size());
        for (Parameter parameter : parameters) {
            if (!parameter.name().equals(without)) {
                coded.add(new Parameter(
                        UriCoding.encode(parameter.name(), false), UriCoding.encode(parameter.value(), false)));
            }
        }
        if (coded.size() > 1) {
            coded.sort(Comparator.comparing(Parameter::name).thenComparing(Parameter::value));
        }
        StringBuilder out = new StringBuilder();
        for (Parameter parameter : coded) {
            if (!out.isEmpty()) {
                out.append('&');
            }
            out.append(parameter.name()).append('=').append(parameter.value());
        }
        return out.toString();
    }
}
