package io.varve.webdav.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varve.storage.namespace.EntryPath;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DavPathTest {

    @Test
    void namesTheRootABucketAFolderAndAFile() {
        assertThat(DavPath.parse("").isRoot()).isTrue();
        assertThat(DavPath.parse("/").isRoot()).isTrue();
        assertThat(DavPath.parse("/photos").isBucket()).isTrue();
        assertThat(DavPath.parse("/photos").entry()).isEqualTo(EntryPath.root("photos"));
        assertThat(DavPath.parse("/photos/").entry()).isEqualTo(EntryPath.root("photos"));
        assertThat(DavPath.parse("/photos/2026/a.jpg").entry()).isEqualTo(new EntryPath("photos", "2026/a.jpg"));
        assertThat(DavPath.parse("/photos/2026/").entry()).isEqualTo(new EntryPath("photos", "2026/"));
    }

    @Test
    void takesRepeatedSlashesAsOne() {
        assertThat(DavPath.parse("//photos//2026///a").entry()).isEqualTo(new EntryPath("photos", "2026/a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a;b", "a[1]", "100%", "a+b", "ä", "a\u0308", "😀", "a\\b", "a:b", "a?b", "a#b", "a&b", " a ", "a\nb"
            })
    void keepsOddNamesThroughEncodingAndBack(String name) {
        String raw = "/bucket/" + PercentCoding.encode(name);
        assertThat(raw).matches("[\\x21-\\x7e]+");
        assertThat(DavPath.parse(raw).entry().key()).isEqualTo(name);
    }

    @Test
    void keepsEveryNameThroughEncodingAndBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            String name = random.ints(1 + random.nextInt(12), 1, 0x10FFFF)
                    .filter(c -> c != '/' && (c < 0xD800 || c > 0xDFFF))
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .append('x')
                    .toString();
            assertThat(PercentCoding.decode(PercentCoding.encode(name)))
                    .as("seed %d", seed)
                    .isEqualTo(name);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/b/../x",
                "/b/..",
                "/b/./x",
                "/b/%2e%2e/x",
                "/b/.%2E/x",
                "/b/%2E",
                "/b/a%2fb",
                "/b/a%2Fb",
                "/b/..%2f..%2fetc",
                "/b/a%00b",
                "/b/%c0%ae%c0%ae/x", // Overlong "..".
                "/b/%c0%af", // Overlong "/".
                "/b/%e0%80%af",
                "/b/%ed%a0%80", // A lone surrogate.
                "/b/%ff",
                "/b/%f5%80%80%80",
                "/b/a%2",
                "/b/a%",
                "/b/a%zz",
                "/b/a%\uFF11\uFF11", // Digits, but not hexadecimal ones.
                "/b/\u20ac"
            })
    void refusesWhatTriesToLeaveItsPlaceOrIsNoUtf8(String raw) {
        assertThatThrownBy(() -> DavPath.parse(raw))
                .isInstanceOfSatisfying(
                        WireException.class, e -> assertThat(e.status()).isEqualTo(400));
    }

    @Test
    void givesAPathOrARefusalForAnyBytes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String raw = random.ints(random.nextInt(20), 0, 256)
                    .map(c -> random.nextBoolean() ? "%2eEfFcC0/".charAt(c % 10) : c)
                    .collect(StringBuilder::new, (s, c) -> s.append((char) c), StringBuilder::append)
                    .toString();
            try {
                DavPath path = DavPath.parse("/" + raw);
                if (!path.isRoot()) {
                    assertThat(path.entry().isLegalTreePath())
                            .as("seed %d: %s", seed, raw)
                            .isTrue();
                }
            } catch (WireException e) {
                assertThat(e.status()).isEqualTo(400);
            }
        }
    }
}
