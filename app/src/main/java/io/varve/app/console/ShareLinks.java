package io.varve.app.console;

import io.varve.storage.access.AccessControl;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.access.AccessControl.Decision;
import io.varve.storage.access.AccessControl.Principal;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Bucket;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Links by which anybody may read one file for a time. A link is kept with its bucket, so it is as durable as a setting, goes with the
 * bucket, and can be taken back. Its address carries a signature over all of it under a key made of the master key: who reads the
 * settings cannot make the address, and who edits them makes no new link. When it is used, whoever made it must still have the right
 * to read the file. Thread-safe.
 */
public final class ShareLinks {
    /** The longest a link lasts. */
    public static final Duration LIFE_MAX = Duration.ofDays(366);

    /** The most links of a bucket that have not ended. */
    public static final int LINKS_MAX = 200;

    private static final String PREFIX = Attributes.SETTING + "share:";
    private static final int ID_BYTES = 9;
    private static final int SIGNATURE_BYTES = 18;
    private static final String ALGORITHM = "HmacSHA256";

    private final Namespace namespace;
    private final AccessControl access;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /**
     * A link.
     *
     * @param id its name in its bucket
     * @param path the file
     * @param user who made it
     * @param created when
     * @param expires when it ends
     */
    public record Link(String id, EntryPath path, String user, Instant created, Instant expires) {
        /** Time and user come first, since they have no line ends, as keys may. */
        private String text() {
            return created.getEpochSecond() + "\n" + expires.getEpochSecond() + "\n" + user + "\n" + path.key();
        }

        private static Optional<Link> parse(String bucket, String id, String text) {
            String[] parts = text.split("\n", 4);
            try {
                return parts.length < 4
                        ? Optional.empty()
                        : Optional.of(new Link(
                                id,
                                new EntryPath(bucket, parts[3]),
                                parts[2],
                                Instant.ofEpochSecond(Long.parseLong(parts[0])),
                                Instant.ofEpochSecond(Long.parseLong(parts[1]))));
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }
    }

    /** The bucket has as many links as it may have. */
    public static final class TooManyLinksException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManyLinksException(String bucket) {
            super("The bucket '" + bucket + "' has " + LINKS_MAX + " links already: remove some first.");
        }
    }

    public ShareLinks(Namespace namespace, AccessControl access, InstantSource clock) {
        this.namespace = namespace;
        this.access = access;
        this.clock = clock;
    }

    /**
     * Makes a link.
     *
     * @param path a file that is there
     * @param user who makes it, and whose right to read counts
     * @param life how long it lasts; cut to {@link #LIFE_MAX}
     */
    public Link create(EntryPath path, String user, Duration life) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        Link link = new Link(text(bytes), path, user, now, now.plus(life.compareTo(LIFE_MAX) > 0 ? LIFE_MAX : life));
        namespace.changeBucketSettings(path.bucket(), settings -> {
            Attributes kept = settings;
            int count = 0;
            for (Map.Entry<String, String> each : settings.withPrefix(PREFIX).entrySet()) {
                boolean over = Link.parse(path.bucket(), each.getKey(), each.getValue())
                        .map(other -> !other.expires().isAfter(now))
                        .orElse(true);
                if (over) {
                    kept = kept.without(PREFIX + each.getKey());
                } else {
                    count++;
                }
            }
            if (count >= LINKS_MAX) {
                throw new TooManyLinksException(path.bucket());
            }
            return kept.with(PREFIX + link.id(), link.text());
        });
        return link;
    }

    /** The links of a bucket that have not ended. */
    public List<Link> list(Bucket bucket) {
        Instant now = clock.instant();
        List<Link> links = new ArrayList<>();
        bucket.settings()
                .withPrefix(PREFIX)
                .forEach((id, text) -> Link.parse(bucket.name(), id, text)
                        .filter(link -> link.expires().isAfter(now))
                        .ifPresent(links::add));
        return links;
    }

    /** A link that has not ended. */
    public Optional<Link> find(String bucket, String id) {
        return namespace
                .findBucket(bucket)
                .flatMap(found -> list(found).stream()
                        .filter(link -> link.id().equals(id))
                        .findFirst());
    }

    /** Takes a link back. */
    public void remove(Link link) {
        namespace.changeBucketSettings(link.path().bucket(), settings -> settings.without(PREFIX + link.id()));
    }

    /** What the address has behind the bucket's name: id and signature. */
    public String token(Link link) {
        return link.id() + "." + signature(link);
    }

    /**
     * The link of an address, if it may be followed now.
     *
     * @param token as {@link #token} made it
     */
    public Optional<Link> follow(String bucket, String token) {
        int dot = token.indexOf('.');
        if (dot < 0) {
            return Optional.empty();
        }
        return find(bucket, token.substring(0, dot))
                .filter(link -> MessageDigest.isEqual(
                        signature(link).getBytes(StandardCharsets.US_ASCII),
                        token.substring(dot + 1).getBytes(StandardCharsets.US_ASCII)))
                .filter(link -> maker(link)
                        .filter(maker -> access.decide(
                                        maker, Action.READ, bucket, link.path().key())
                                == Decision.ALLOWED)
                        .isPresent());
    }

    /** Who made a link, with the rights of now; empty if the user is gone. */
    public Optional<Principal> maker(Link link) {
        return access.users().stream()
                .filter(user -> user.name().equals(link.user()))
                .findFirst();
    }

    private String signature(Link link) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(access.deriveKey("varve share links"), ALGORITHM));
            mac.update((link.path().bucket() + "\n" + link.id() + "\n" + link.text()).getBytes(StandardCharsets.UTF_8));
            byte[] whole = mac.doFinal();
            byte[] part = new byte[SIGNATURE_BYTES];
            System.arraycopy(whole, 0, part, 0, SIGNATURE_BYTES);
            return text(part);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
