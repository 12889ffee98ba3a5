package io.varve.webdav;

import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.webdav.wire.DigestAlgorithm;
import io.varve.webdav.wire.DigestHeader;
import io.varve.webdav.wire.WireException;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What files hash to, as far as it is kept with them, and how answers tell it. */
final class KnownDigests {
    private static final Logger LOG = LoggerFactory.getLogger(KnownDigests.class);

    /** Files up to this size are read for a digest that somebody wants and that is not kept. */
    private static final long READ_BYTES_MAX = 64 << 20;

    /** Which kind the checksums of an S3 object are; those of its parts are of no use here. */
    private static final String TYPE = Attributes.CHECKSUM + "type";

    private KnownDigests() {}

    /** The digests that are kept with a file, in hexadecimal. */
    static Map<DigestAlgorithm, String> of(Entry entry) {
        if (entry.attributes().isEmpty() && !entry.etag().isMd5()) {
            return Map.of(); // Nearly every file that came over WebDAV, and listings ask for many.
        }
        Map<DigestAlgorithm, String> known = new EnumMap<>(DigestAlgorithm.class);
        Attributes attributes = entry.attributes();
        boolean sealed = attributes.get(Attributes.SEALED).isPresent();
        if (entry.etag().isMd5() && !sealed) {
            known.put(DigestAlgorithm.MD5, entry.etag().value());
        }
        if (attributes.get(TYPE).filter("COMPOSITE"::equals).isPresent()) {
            return known;
        }
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Optional<String> kept = attributes.get(Attributes.CHECKSUM + algorithm.keptName());
            if (kept.isPresent()) {
                try {
                    known.put(algorithm, algorithm.ofBase64(kept.get()));
                } catch (WireException e) {
                    LOG.debug("A checksum of '{}' is no value of {}: {}", entry.path(), algorithm, kept.get());
                }
            }
        }
        return known;
    }

    /** Whether any digest is kept with a file. */
    static boolean areThere(Entry entry) {
        return !of(entry).isEmpty();
    }

    /** As ownCloud's clients read them: {@code SHA1:… MD5:…}. */
    static String cloud(Entry entry) {
        return of(entry).entrySet().stream()
                .map(one -> one.getKey().cloudName() + ":" + one.getValue())
                .collect(Collectors.joining(" "));
    }

    /** Tells them in an answer: {@code OC-Checksum} as far as they are known, {@code Repr-Digest} if the request wants one. */
    static void tell(Exchange exchange, FileBytes bytes) throws IOException {
        if (areThere(bytes.entry())) {
            exchange.response().setHeader("OC-Checksum", cloud(bytes.entry()));
        }
        List<DigestAlgorithm> unknown = wanted(exchange, bytes.entry());
        if (!unknown.isEmpty() && bytes.entry().size() <= READ_BYTES_MAX) {
            answer(exchange, unknown.getFirst(), bytes.digest(unknown.getFirst()));
        }
    }

    /**
     * Tells the digest that the request wants most among those that are kept with the file.
     *
     * @return if there is none of them, those that it wants
     */
    static List<DigestAlgorithm> wanted(Exchange exchange, Entry entry) {
        Optional<String> want = exchange.listHeader("Want-Repr-Digest");
        if (want.isEmpty()) {
            return List.of();
        }
        List<DigestAlgorithm> wanted = DigestHeader.wanted(want.get());
        Map<DigestAlgorithm, String> known = of(entry);
        for (DigestAlgorithm algorithm : wanted) {
            if (known.containsKey(algorithm)) {
                answer(exchange, algorithm, known.get(algorithm));
                return List.of();
            }
        }
        return wanted;
    }

    private static void answer(Exchange exchange, DigestAlgorithm algorithm, String value) {
        exchange.response().setHeader("Repr-Digest", DigestHeader.member(algorithm, value));
    }
}
