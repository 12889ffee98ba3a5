package io.varve.webdav.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationHeaderTest {

    private static final List<String> HOSTS = List.of("files.example:8080", "[::1]:8080", "public.example");

    private static Optional<DavPath> parse(String value) {
        return DestinationHeader.parse(value, "/dav", HOSTS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/dav/b/a%20b",
                "http://files.example:8080/dav/b/a%20b",
                "https://files.example/dav/b/a%20b", // What a client sees through a proxy that ends TLS.
                "HTTPS://user@FILES.example:443/dav/b/a%20b",
                "https://public.example/dav/b/a%20b",
                "http://[::1]/dav/b/a%20b",
                " /dav/b/a%20b "
            })
    void comparesByPathOnAnOwnHost(String value) {
        assertThat(parse(value).map(DavPath::entry).map(Object::toString)).contains("b/a b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://other.example/dav/b/a",
                "http://other.example",
                "http://files.example.evil.example/dav/b/a",
                "/elsewhere/b/a",
                "/davros/b/a",
                "http://files.example/"
            })
    void isEmptyForAnotherServerOrAnotherPartOfThisOne(String value) {
        assertThat(parse(value)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "b/a", "/dav/b/../x", "/dav/b/%2e%2e/x", "/dav/b/a?x=1", "/dav/b/a#x", "mailto:a@b"})
    void refusesWhatIsNoAddressOrLeavesItsPlace(String value) {
        assertThatThrownBy(() -> parse(value))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.status()).isEqualTo(400));
    }

    @Test
    void takesTheDoorItselfAsTheRoot() {
        assertThat(parse("/dav").map(DavPath::isRoot)).contains(true);
        assertThat(parse("http://files.example/dav/").map(DavPath::isRoot)).contains(true);
    }
}
