package io.varve.webdav;

import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.EntityTag;
import io.varve.storage.namespace.PutRequest;
import io.varve.webdav.wire.DigestAlgorithm;
import io.varve.webdav.wire.DigestHeader;
import io.varve.webdav.wire.DigestHeader.Claim;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a request says its bytes hash to: computed while they arrive, compared before anything changes, and kept with the file. A request
 * without digests costs nothing. One thread at a time.
 */
final class ReceivedDigests {
    private final List<Claim> claims;
    private final Map<DigestAlgorithm, DigestAlgorithm.Running> running = new EnumMap<>(DigestAlgorithm.class);
    private final Map<DigestAlgorithm, String> values = new EnumMap<>(DigestAlgorithm.class);

    private ReceivedDigests(List<Claim> claims, boolean forCloudClients) {
        this.claims = claims;
        claims.forEach(claim -> compute(claim.algorithm()));
        if (forCloudClients) {
            // They send one of the two, and later compare by the other.
            compute(DigestAlgorithm.SHA1);
            compute(DigestAlgorithm.MD5);
        }
    }

    private void compute(DigestAlgorithm algorithm) {
        running.computeIfAbsent(algorithm, DigestAlgorithm::start);
    }

    /** The digests of a body that is a whole file. */
    static ReceivedDigests ofFile(Exchange exchange) {
        List<Claim> claims = ofBody(exchange);
        exchange.listHeader("Repr-Digest").map(DigestHeader::field).ifPresent(claims::addAll);
        exchange.header("OC-Checksum").map(DigestHeader::cloud).ifPresent(claims::addAll);
        return new ReceivedDigests(claims, exchange.header("OC-Checksum").isPresent());
    }

    /**
     * The digests of a body that is a part of a file.
     *
     * @throws Refused 400 if the request has one of the whole file, which would need all of it
     */
    static ReceivedDigests ofPart(Exchange exchange) {
        for (String whole : List.of("Repr-Digest", "OC-Checksum")) {
            if (exchange.header(whole).isPresent()) {
                throw new Refused(
                        400, whole + " is verified for whole files only: use Content-Digest for the bytes sent.");
            }
        }
        return new ReceivedDigests(ofBody(exchange), false);
    }

    private static List<Claim> ofBody(Exchange exchange) {
        List<Claim> claims = new ArrayList<>();
        exchange.listHeader("Content-Digest").map(DigestHeader::field).ifPresent(claims::addAll);
        exchange.header("Content-MD5")
                .map(value -> new Claim(DigestAlgorithm.MD5, DigestAlgorithm.MD5.ofBase64(value.strip())))
                .ifPresent(claims::add);
        return claims;
    }

    /** Whether the bytes are of any interest. */
    boolean isWanted() {
        return !running.isEmpty();
    }

    /**
     * Goes on where others stopped who hashed the first bytes, if that has all that is wanted.
     *
     * @param states not to be used any more if so
     */
    boolean goOn(Map<DigestAlgorithm, DigestAlgorithm.Running> states) {
        boolean all = states.keySet().containsAll(running.keySet());
        if (all) {
            running.replaceAll((algorithm, begun) -> states.getOrDefault(algorithm, begun));
        }
        return all;
    }

    /** Takes the next bytes. */
    void update(byte[] array, int offset, int count) {
        running.values().forEach(one -> one.update(array, offset, count));
    }

    /**
     * Ends with the last byte.
     *
     * @throws Refused 400 if a value is not what the request says
     */
    void finish() {
        running.forEach((algorithm, one) -> values.put(algorithm, one.finish()));
        for (Claim claim : claims) {
            String value = values.getOrDefault(claim.algorithm(), "");
            if (!value.equals(claim.value())) {
                throw new Refused(
                        400,
                        "The bytes that arrived are not those that were sent: their "
                                + claim.algorithm().cloudName() + " is " + value + ", and the request says "
                                + claim.value() + ".");
            }
        }
    }

    /** The request with what is known of its bytes; an MD5 becomes the entity tag, where S3's clients look for it. */
    PutRequest in(PutRequest request) {
        Attributes attributes = request.attributes();
        PutRequest tagged = request;
        for (Map.Entry<DigestAlgorithm, String> value : values.entrySet()) {
            if (value.getKey() == DigestAlgorithm.MD5) {
                tagged = tagged.withEtag(new EntityTag(value.getValue()));
            } else {
                attributes = attributes.with(
                        Attributes.CHECKSUM + value.getKey().keptName(), DigestAlgorithm.toBase64(value.getValue()));
            }
        }
        return tagged.withAttributes(attributes);
    }
}
