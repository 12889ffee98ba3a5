package io.varve.app.config;

import io.varve.storage.access.AddressRange;
import io.varve.storage.cache.RawCacheOptions;
import io.varve.storage.io.IoEngine;
import io.varve.storage.namespace.RetentionPolicy;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a setting's text may be, and how it becomes a value.
 *
 * @param <T> the value's type
 * @param description completes "… is not " in a message and stands in the documentation
 * @param parser the value, or empty when the text is none
 */
record ValueKind<T>(String description, Function<String, Optional<T>> parser) {

    private static final Pattern QUANTITY = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-z]*)");

    private static final Map<String, Long> SIZE_UNITS =
            Map.of("", 1L, "b", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30, "tib", 1L << 40);

    private static final Map<String, Long> DURATION_UNITS_MILLIS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    static final ValueKind<String> TEXT = new ValueKind<>("text", Optional::of);

    static final ValueKind<Secret> SECRET = new ValueKind<>("text", text -> Optional.of(new Secret(text)));

    static final ValueKind<Path> PATH = new ValueKind<>("a path", ValueKind::path);

    static final ValueKind<Optional<Path>> OPTIONAL_PATH = new ValueKind<>("a path, or nothing", text -> {
        Optional<Path> found = path(text);
        return text.isEmpty() || found.isPresent() ? Optional.of(found) : Optional.empty();
    });

    static final ValueKind<Optional<URI>> OPTIONAL_URL =
            new ValueKind<>("an address such as https://example.org/hook, or nothing", ValueKind::url);

    static final ValueKind<Integer> PORT = wholeNumber("a port, 0 (any free one) to 65535", 0, 65_535);

    static final ValueKind<String> ADDRESS = new ValueKind<>("an address of this machine", ValueKind::address);

    static final ValueKind<Boolean> BOOLEAN =
            new ValueKind<>("true or false", text -> switch (text.toLowerCase(Locale.ROOT)) {
                case "true" -> Optional.of(true);
                case "false" -> Optional.of(false);
                default -> Optional.empty();
            });

    static final ValueKind<Duration> DURATION = new ValueKind<>(
            "a time such as 500ms, 30s, 5m, 12h or 30d",
            text -> quantity(text, DURATION_UNITS_MILLIS)
                    .filter(millis -> millis > 0)
                    .map(Duration::ofMillis));

    static final ValueKind<Duration> DURATION_OR_NONE = new ValueKind<>(
            "none, or a time such as 30s, 5m, 12h or 30d",
            text -> text.equalsIgnoreCase("none")
                    ? Optional.of(Duration.ZERO)
                    : DURATION.parser().apply(text));

    static final ValueKind<Long> SIZE =
            new ValueKind<>("a size such as 4096, 64KiB, 256MiB or 2GiB", text -> quantity(text, SIZE_UNITS));

    static final ValueKind<Optional<IoEngine.Kind>> IO_ENGINE = new ValueKind<>(
            "one of auto, io_uring, direct, buffered, safe",
            text -> text.equals("auto")
                    ? Optional.of(Optional.empty())
                    : Arrays.stream(IoEngine.Kind.values())
                            .filter(kind -> kind.text().equals(text))
                            .map(Optional::of)
                            .findFirst());

    static final ValueKind<OptionalLong> AUTO_OR_CACHE_SIZE = new ValueKind<>(
            "auto, 0, or a size of at least 16MiB",
            text -> text.equalsIgnoreCase("auto")
                    ? Optional.of(OptionalLong.empty())
                    : quantity(text, SIZE_UNITS)
                            .filter(bytes -> bytes == 0 || bytes >= RawCacheOptions.BYTES_MIN)
                            .map(OptionalLong::of));

    static final ValueKind<List<AddressRange>> ADDRESS_RANGES = new ValueKind<>(
            "addresses or ranges such as 10.0.0.0/8 with commas between, or nothing", ValueKind::ranges);

    static final ValueKind<RetentionPolicy> RETENTION =
            new ValueKind<>(RetentionPolicy.GRAMMAR, RetentionPolicy::parse);

    private static Optional<List<AddressRange>> ranges(String text) {
        if (text.isBlank()) {
            return Optional.of(List.of());
        }
        List<Optional<AddressRange>> ranges = Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .map(AddressRange::parse)
                .toList();
        return ranges.stream().allMatch(Optional::isPresent)
                ? Optional.of(ranges.stream().flatMap(Optional::stream).toList())
                : Optional.empty();
    }

    private static Optional<Optional<URI>> url(String text) {
        if (text.isEmpty()) {
            return Optional.of(Optional.empty());
        }
        try {
            URI address = new URI(text);
            boolean web = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            return web && address.getHost() != null ? Optional.of(Optional.of(address)) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    static ValueKind<Integer> wholeNumber(String description, int min, int max) {
        return new ValueKind<>(description, text -> {
            if (!text.matches("[0-9]{1,9}")) {
                return Optional.empty();
            }
            int number = Integer.parseInt(text);
            return number < min || number > max ? Optional.empty() : Optional.of(number);
        });
    }

    static ValueKind<Integer> sizeWithin(String description, int minBytes, int maxBytes) {
        return new ValueKind<>(
                description,
                text -> quantity(text, SIZE_UNITS)
                        .filter(bytes -> bytes >= minBytes && bytes <= maxBytes)
                        .map(Long::intValue));
    }

    static ValueKind<String> oneOf(List<String> choices) {
        return new ValueKind<>(
                "one of " + String.join(", ", choices),
                text -> choices.contains(text) ? Optional.of(text) : Optional.empty());
    }

    /** Any of some words with commas between, or none. */
    static ValueKind<Set<String>> someOf(List<String> choices) {
        return new ValueKind<>("none, or some of " + String.join(", ", choices) + " with commas between", text -> {
            if (text.equals("none")) {
                return Optional.of(Set.of());
            }
            List<String> words =
                    Arrays.stream(text.split(",", -1)).map(String::strip).toList();
            return choices.containsAll(words) ? Optional.of(new TreeSet<>(words)) : Optional.empty();
        });
    }

    /** A number with a unit, in the unit's base; empty when it is not whole there or too large. */
    private static Optional<Long> quantity(String text, Map<String, Long> units) {
        Matcher matcher = QUANTITY.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        Long unit = units.get(matcher.group(2).toLowerCase(Locale.ROOT));
        if (unit == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BigDecimal(matcher.group(1))
                    .multiply(BigDecimal.valueOf(unit))
                    .longValueExact());
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> path(String text) {
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Path.of(text));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> address(String text) {
        try {
            return text.isEmpty() || InetAddress.getByName(text).isMulticastAddress()
                    ? Optional.empty()
                    : Optional.of(text);
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
