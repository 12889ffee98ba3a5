package io.varve.app.config;

import io.varve.storage.access.AddressRange;
import io.varve.storage.io.IoEngine;
import io.varve.storage.namespace.RetentionPolicy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One setting: its name, what it may be and what it means. The constants are the complete list; the
 * documentation's table is checked against it.
 *
 * @param <T> the value's type
 * @param name the full key, beginning with {@code varve.}
 * @param kind what its text may be
 * @param defaultText the text that holds when nothing else is said
 * @param meaning one sentence for the documentation
 */
record SettingKey<T>(String name, ValueKind<T> kind, String defaultText, String meaning) {

    static final String PREFIX = "varve.";

    static final SettingKey<Path> DATA_DIR = new SettingKey<>(
            "varve.data-dir",
            ValueKind.PATH,
            "./data",
            "Where everything is stored; relative to the working directory.");

    static final SettingKey<String> BIND = new SettingKey<>(
            "varve.bind",
            ValueKind.ADDRESS,
            "127.0.0.1",
            "The address both ports listen on; `0.0.0.0` opens them to the network.");

    static final SettingKey<Integer> PORT = new SettingKey<>(
            "varve.port", ValueKind.PORT, "8080", "Port of the console, WebDAV, REST, metrics and health.");

    static final SettingKey<Boolean> DAV_DIGEST = new SettingKey<>(
            "varve.dav.digest",
            ValueKind.BOOLEAN,
            "true",
            "Whether WebDAV takes Digest logins, and offers them beside Basic ones where there is no TLS, so that no"
                    + " password crosses the wire.");

    static final SettingKey<Integer> S3_PORT =
            new SettingKey<>("varve.s3.port", ValueKind.PORT, "9000", "Port of the S3 API.");

    static final SettingKey<String> S3_DOMAIN = new SettingKey<>(
            "varve.s3.domain",
            ValueKind.TEXT,
            "",
            "With `s3.example.org`, a bucket is also reached as `BUCKET.s3.example.org` (virtual-host style).");

    static final SettingKey<String> S3_WEBSITE_DOMAIN = new SettingKey<>(
            "varve.s3.website-domain",
            ValueKind.TEXT,
            "s3-website.localhost",
            "The domain below which a bucket with a website configuration is shown to browsers: with"
                    + " `web.example.org` as `BUCKET.web.example.org`. Nothing for no websites.");

    static final SettingKey<String> S3_REGION =
            new SettingKey<>("varve.s3.region", ValueKind.TEXT, "us-east-1", "The region the S3 API says it is in.");

    static final SettingKey<Duration> S3_UPLOADS_KEPT = new SettingKey<>(
            "varve.s3.uploads-kept",
            ValueKind.DURATION_OR_NONE,
            "7d",
            "A multipart upload that was neither completed nor aborted ends this long after its last part; none for"
                    + " never.");

    static final SettingKey<Duration> LIFECYCLE_DAY = new SettingKey<>(
            "varve.lifecycle.day",
            ValueKind.DURATION,
            "24h",
            "The length of a day in lifecycle rules of buckets, for tests that cannot wait; 24h: days end at midnight"
                    + " UTC.");

    static final SettingKey<Integer> S3_REQUESTS_PER_SECOND = new SettingKey<>(
            "varve.s3.requests-per-second",
            ValueKind.wholeNumber("a whole number from 0 to 1000000", 0, 1_000_000),
            "0",
            "How many requests of one user the S3 API serves in a second, and at once after a pause; more are answered"
                    + " with `SlowDown`. 0 for any number.");

    static final SettingKey<Boolean> S3_SIGNATURE_V2 = new SettingKey<>(
            "varve.s3.signature-v2",
            ValueKind.BOOLEAN,
            "true",
            "Whether the S3 API serves requests and forms signed by the old Signature Version 2, which does not cover"
                    + " bodies; with `false` Version 4 alone.");

    static final SettingKey<Optional<URI>> S3_WEBHOOK = new SettingKey<>(
            "varve.s3.webhook",
            ValueKind.OPTIONAL_URL,
            "",
            "Where events of buckets with notification rules are sent, as POST with a JSON document.");

    static final SettingKey<Secret> S3_WEBHOOK_TOKEN =
            new SettingKey<>("varve.s3.webhook-token", ValueKind.SECRET, "", "Sent to the webhook as a bearer token.");

    static final SettingKey<String> ROOT_USER = new SettingKey<>(
            "varve.root.user",
            ValueKind.TEXT,
            "",
            "Name of the first administrator; without it the first start makes one with a random password.");

    static final SettingKey<Secret> ROOT_PASSWORD = new SettingKey<>(
            "varve.root.password",
            ValueKind.SECRET,
            "",
            "Password of the first administrator, also its S3 secret key. Better given by the environment than by a"
                    + " flag.");

    static final SettingKey<String> STORE_CHUNKING = new SettingKey<>(
            "varve.store.chunking",
            ValueKind.oneOf(List.of("default", "thrifty", "classic")),
            "default",
            "Chunk sizes, fixed when the store is made: `default` 16/64/256 KiB saves most, `thrifty` 64/256/1024 KiB"
                    + " needs a quarter of the index, `classic` 1/4/16 MiB.");

    static final SettingKey<RetentionPolicy> STORE_HISTORY = new SettingKey<>(
            "varve.store.history",
            ValueKind.RETENTION,
            "30d",
            "How long overwritten and deleted content stays readable, in buckets without a rule of their own; see"
                    + " operations.md.");

    static final SettingKey<Long> STORE_FREE_SPACE_RESERVE = new SettingKey<>(
            "varve.store.free-space-reserve",
            ValueKind.SIZE,
            "64MiB",
            "Writes are refused while the disk has less free space than this; deleting still works.");

    static final SettingKey<Boolean> STORE_SHARED_BUCKETS = new SettingKey<>(
            "varve.store.shared-buckets",
            ValueKind.BOOLEAN,
            "true",
            "Whether users with the role `user` may use every bucket that has no access control list, such as those"
                    + " made over WebDAV; a bucket made over S3 has one. With `false`, or where there is a list, only a"
                    + " bucket's owner and administrators may, and whom its policy or list allows.");

    static final SettingKey<Integer> MEMORY_INGEST = new SettingKey<>(
            "varve.memory.ingest",
            ValueKind.wholeNumber("a percentage from 2 to 40", 2, 40),
            "16",
            "Share of the heap for arriving content, in percent; clients wait when it is used up.");

    static final SettingKey<Integer> MEMORY_PREFETCH = new SettingKey<>(
            "varve.memory.prefetch",
            ValueKind.wholeNumber("a percentage from 1 to 30", 1, 30),
            "8",
            "Share of the heap for chunks read ahead of their readers, in percent.");

    static final SettingKey<Integer> MEMORY_CACHE = new SettingKey<>(
            "varve.memory.cache",
            ValueKind.wholeNumber("a percentage from 0 to 60", 0, 60),
            "25",
            "Memory outside the heap for chunks kept for the next reader, in percent of the heap's limit; 0 for none.");

    static final SettingKey<Integer> MEMORY_METADATA = new SettingKey<>(
            "varve.memory.metadata",
            ValueKind.sizeWithin("a size from 8MiB to 1GiB", 8 << 20, 1 << 30),
            "64MiB",
            "The metadata store's cache, outside the heap.");

    static final SettingKey<OptionalLong> CACHE_SIZE = new SettingKey<>(
            "varve.cache.size",
            ValueKind.AUTO_OR_CACHE_SIZE,
            "auto",
            "What the file of decoded chunks may take; `auto`: by free space, 64 MiB to 8 GiB; 0 for none. See"
                    + " cache.md.");

    static final SettingKey<Optional<Path>> CACHE_DIR = new SettingKey<>(
            "varve.cache.dir", ValueKind.OPTIONAL_PATH, "", "Where it lies; empty: `cache` in the data directory.");

    static final SettingKey<String> CACHE_POLICY = new SettingKey<>(
            "varve.cache.policy",
            ValueKind.oneOf(List.of("s3-fifo", "fifo", "lru", "lfu", "ttl", "combined")),
            "s3-fifo",
            "What leaves that file when it is full.");

    static final SettingKey<Integer> CACHE_WRITE_MEMORY = new SettingKey<>(
            "varve.cache.write-memory",
            ValueKind.sizeWithin("a size from 4MiB to 64MiB", 4 << 20, 64 << 20),
            "8MiB",
            "Memory outside the heap for chunks that wait to be written to that file; while it is full, others are not"
                    + " taken in.");

    static final SettingKey<Duration> BACKGROUND_INTERVAL = new SettingKey<>(
            "varve.background.interval",
            ValueKind.DURATION,
            "30s",
            "The pause between two rounds of background work: expiry, garbage collection, re-encoding, compaction.");

    static final SettingKey<Integer> BACKGROUND_COMPACT_BELOW = new SettingKey<>(
            "varve.background.compact-below",
            ValueKind.wholeNumber("a percentage from 0 to 95", 0, 95),
            "60",
            "Segments of which less than this share, in percent, is still needed are rewritten; 0 for never.");

    static final SettingKey<Integer> BACKGROUND_RATE = new SettingKey<>(
            "varve.background.rate",
            ValueKind.sizeWithin("a size from 64KiB to 1GiB", 64 << 10, 1 << 30),
            "64MiB",
            "How many bytes of chunks background work moves in a second, unless `settle` waits for it.");

    static final SettingKey<Duration> CHECKPOINT_INTERVAL = new SettingKey<>(
            "varve.checkpoint.interval",
            ValueKind.DURATION,
            "1d",
            "How old the last checkpoint of the metadata may become when something has changed; a long journal brings"
                    + " one earlier.");

    static final SettingKey<Optional<Path>> CHECKPOINT_COPY_DIR = new SettingKey<>(
            "varve.checkpoint.copy-dir",
            ValueKind.OPTIONAL_PATH,
            "",
            "An existing directory, best on another disk, that gets a copy of every checkpoint.");

    static final SettingKey<Duration> BACKGROUND_REENCODE_AFTER = new SettingKey<>(
            "varve.background.reencode-after",
            ValueKind.DURATION,
            "10m",
            "How long new content stays as it arrived, before it is stored as differences to what resembles it, or"
                    + " compressed with its neighbours; `settle` does not wait.");

    static final SettingKey<Integer> BACKGROUND_CHAIN_DEPTH = new SettingKey<>(
            "varve.background.chain-depth",
            ValueKind.wholeNumber("a whole number from 1 to 16", 1, 16),
            "5",
            "How many differences may lie between a chunk and one that is stored whole: more save space, and cost"
                    + " reading old versions.");

    static final SettingKey<Duration> SCRUB_INTERVAL = new SettingKey<>(
            "varve.scrub.interval",
            ValueKind.DURATION_OR_NONE,
            "14d",
            "From the end of one scrub, which reads and verifies every chunk, to the beginning of the next; a scrub"
                    + " takes half of that time, if the rate lets it.");

    static final SettingKey<Integer> SCRUB_RATE = new SettingKey<>(
            "varve.scrub.rate",
            ValueKind.sizeWithin("a size from 64KiB to 1GiB", 64 << 10, 1 << 30),
            "64MiB",
            "How many bytes a scrub verifies in a second at most, and the verification of a file that a read met"
                    + " damage in.");

    static final SettingKey<Optional<Path>> MIRROR_DIR = new SettingKey<>(
            "varve.mirror.dir",
            ValueKind.OPTIONAL_PATH,
            "",
            "An existing directory, best on another disk, for a second copy of journal and segments: a write is"
                    + " answered when both have it.");

    static final SettingKey<Duration> MIRROR_TIMEOUT = new SettingKey<>(
            "varve.mirror.timeout",
            ValueKind.DURATION,
            "30s",
            "How long the mirror may take for one read, write or sync. Then it is stale, writes are answered without"
                    + " it, and it is copied again when it answers.");

    static final SettingKey<Optional<Path>> METADATA_DIR = new SettingKey<>(
            "varve.metadata.dir",
            ValueKind.OPTIONAL_PATH,
            "",
            "An existing directory, on a fast disk of its own say, for the metadata: the database of names, versions"
                    + " and chunks. Empty: `meta` in the data directory; see operations.md.");

    static final SettingKey<Boolean> ENCRYPTION_AT_REST = new SettingKey<>(
            "varve.encryption.at-rest",
            ValueKind.BOOLEAN,
            "false",
            "Whether segments, journal and checkpoints are encrypted as they are written, with keys under a master"
                    + " key; what lies there otherwise is written anew in the background. What it does not cover: see"
                    + " operations.md.");

    static final SettingKey<Optional<Path>> KEYS_DIR = new SettingKey<>(
            "varve.keys.dir",
            ValueKind.OPTIONAL_PATH,
            "",
            "An existing directory, best on another disk, where all keys lie; mirrors and backups then get no copy of"
                    + " them. Empty: `keys` in the data directory.");

    static final SettingKey<Optional<Path>> TIERS_WARM_DIR = new SettingKey<>(
            "varve.tiers.warm.dir",
            ValueKind.OPTIONAL_PATH,
            "",
            "An existing directory, empty at first, for chunks that nobody has read for a while; see operations.md.");

    static final SettingKey<Optional<Path>> TIERS_COLD_DIR = new SettingKey<>(
            "varve.tiers.cold.dir",
            ValueKind.OPTIONAL_PATH,
            "",
            "The same for chunks that nobody has read for longer; they are compressed harder on the way.");

    static final SettingKey<Long> TIERS_HOT_MAX = new SettingKey<>(
            "varve.tiers.hot.max",
            ValueKind.SIZE,
            "10GiB",
            "With more bytes of chunks than this in the hot tier, those that were read longest ago go to the next"
                    + " one.");

    static final SettingKey<Long> TIERS_WARM_MAX = new SettingKey<>(
            "varve.tiers.warm.max",
            ValueKind.SIZE,
            "100GiB",
            "The same for the warm tier, if there is a cold one; the cold tier has no limit.");

    static final SettingKey<Duration> TIERS_IDLE_AFTER = new SettingKey<>(
            "varve.tiers.idle-after",
            ValueKind.DURATION_OR_NONE,
            "7d",
            "Chunks that nobody has read for this long leave the hot tier, and after as long again the warm one.");

    static final SettingKey<Duration> TIERS_INTERVAL = new SettingKey<>(
            "varve.tiers.interval", ValueKind.DURATION, "1h", "From one round of moves between tiers to the next.");

    static final SettingKey<Integer> TIERS_STEP = new SettingKey<>(
            "varve.tiers.step",
            ValueKind.wholeNumber("a whole number from 1 to 10000", 1, 10_000),
            "100",
            "How many chunks and frames a step moves in one commit; steps are repeated until nothing is due.");

    static final SettingKey<Optional<IoEngine.Kind>> IO_ENGINE = new SettingKey<>(
            "varve.io.engine",
            ValueKind.IO_ENGINE,
            "auto",
            "How files of journal and segments are read and written: `auto` takes the best that each file system and"
                    + " the kernel allow; another value is tried first, and the next in the list where it is refused. See"
                    + " operations.md.");

    static final SettingKey<Duration> HTTP_IDLE_TIMEOUT = new SettingKey<>(
            "varve.http.idle-timeout",
            ValueKind.DURATION,
            "60s",
            "A connection on which nothing moves for this long is closed.");

    static final SettingKey<Integer> HTTP_CONNECTIONS_MAX = new SettingKey<>(
            "varve.http.connections-max",
            ValueKind.wholeNumber("a whole number from 1 to 100000", 1, 100_000),
            "10000",
            "Connections each port holds open at once; more wait until one ends.");

    static final SettingKey<Integer> HTTP_HEADER_SIZE_MAX = new SettingKey<>(
            "varve.http.header-size-max",
            ValueKind.sizeWithin("a size from 8KiB to 1MiB", 8 << 10, 1 << 20),
            "64KiB",
            "Limit of a request's line and headers together.");

    static final SettingKey<List<AddressRange>> HTTP_TRUSTED_PROXIES = new SettingKey<>(
            "varve.http.trusted-proxies",
            ValueKind.ADDRESS_RANGES,
            "",
            "Proxies in front of the server, such as `127.0.0.1,10.0.0.0/8`: what they say of a client's address in"
                    + " `X-Forwarded-For` is believed, so that lock-outs and logs go by clients.");

    static final SettingKey<Duration> HTTP_STOP_GRACE = new SettingKey<>(
            "varve.http.stop-grace",
            ValueKind.DURATION,
            "30s",
            "How long running requests may take to end when the server stops.");

    static final SettingKey<Optional<Path>> TLS_CERTIFICATE = new SettingKey<>(
            "varve.tls.certificate",
            ValueKind.OPTIONAL_PATH,
            "",
            "A PEM file with the certificate and its chain: all ports speak TLS (1.2 and 1.3) and nothing else."
                    + " Renewed files are used without a restart.");

    static final SettingKey<Optional<Path>> TLS_KEY = new SettingKey<>(
            "varve.tls.key",
            ValueKind.OPTIONAL_PATH,
            "",
            "A PEM file with the certificate's private key, without a password; readable by the server's account"
                    + " alone.");

    static final SettingKey<Boolean> METRICS_LOGIN = new SettingKey<>(
            "varve.metrics.login",
            ValueKind.BOOLEAN,
            "false",
            "Whether `/metrics/storage-v2` and its health page ask for an administrator's login.");

    static final SettingKey<Optional<URI>> METRICS_OTLP_URL = new SettingKey<>(
            "varve.metrics.otlp-url",
            ValueKind.OPTIONAL_URL,
            "",
            "Where all metrics are sent by OpenTelemetry's protocol (OTLP over HTTP), such as"
                    + " `http://collector:4318/v1/metrics`.");

    static final SettingKey<Duration> METRICS_OTLP_INTERVAL =
            new SettingKey<>("varve.metrics.otlp-interval", ValueKind.DURATION, "60s", "How often they are sent.");

    static final SettingKey<Secret> METRICS_OTLP_AUTHORIZATION = new SettingKey<>(
            "varve.metrics.otlp-authorization",
            ValueKind.SECRET,
            "",
            "Sent with them in the header `Authorization`, such as `Bearer …`.");

    static final SettingKey<String> LOG_LEVEL = new SettingKey<>(
            "varve.log.level",
            ValueKind.oneOf(List.of("error", "warn", "info", "debug")),
            "info",
            "What is written to the log: lines of this level and worse.");

    static final SettingKey<String> LOG_FORMAT = new SettingKey<>(
            "varve.log.format",
            ValueKind.oneOf(List.of("text", "json")),
            "text",
            "`json`: an object a line, with the names of the Elastic Common Schema.");

    static final SettingKey<Duration> LOG_SLOW = new SettingKey<>(
            "varve.log.slow",
            ValueKind.DURATION_OR_NONE,
            "30s",
            "A request that takes at least this long is written to the log, with its number, its user, its bytes and"
                    + " how long its first byte took; none for never.");

    static final SettingKey<Boolean> LOG_REQUESTS = new SettingKey<>(
            "varve.log.requests", ValueKind.BOOLEAN, "false", "Whether every request is written to the log.");

    static final SettingKey<Set<String>> AUDIT_DOORS = new SettingKey<>(
            "varve.audit.doors",
            ValueKind.someOf(List.of("dav", "s3")),
            "dav,s3",
            "Over which doors changes of files are noted in the audit log: `dav`, `s3`, both with a comma between, or"
                    + " `none`. What is done by console and REST always is.");

    static final SettingKey<Long> AUDIT_FILES_SIZE = new SettingKey<>(
            "varve.audit.files-size",
            ValueKind.SIZE,
            "256MiB",
            "How much of the disk the audit log of files may take, in files of 8 MiB, of which two are kept at least;"
                    + " the oldest goes first. About 200 bytes a change.");

    static final SettingKey<Boolean> WARM_UP = new SettingKey<>(
            "varve.warm-up",
            ValueKind.BOOLEAN,
            "true",
            "Whether a start, before its ports open, sends requests of its own to an empty store in the temporary"
                    + " directory, so that the first clients meet compiled code; it takes two to five seconds.");

    private static final Set<String> LIVE = Stream.of(
                    S3_REQUESTS_PER_SECOND,
                    S3_UPLOADS_KEPT,
                    STORE_HISTORY,
                    STORE_FREE_SPACE_RESERVE,
                    STORE_SHARED_BUCKETS,
                    CACHE_SIZE,
                    CACHE_POLICY,
                    CACHE_WRITE_MEMORY,
                    BACKGROUND_INTERVAL,
                    BACKGROUND_COMPACT_BELOW,
                    BACKGROUND_RATE,
                    BACKGROUND_REENCODE_AFTER,
                    CHECKPOINT_INTERVAL,
                    SCRUB_INTERVAL,
                    SCRUB_RATE,
                    TIERS_HOT_MAX,
                    TIERS_WARM_MAX,
                    TIERS_IDLE_AFTER,
                    TIERS_INTERVAL,
                    TIERS_STEP,
                    HTTP_IDLE_TIMEOUT,
                    HTTP_CONNECTIONS_MAX,
                    METRICS_LOGIN,
                    LOG_LEVEL,
                    LOG_SLOW,
                    LOG_REQUESTS,
                    AUDIT_DOORS,
                    AUDIT_FILES_SIZE)
            .map(SettingKey::name)
            .collect(Collectors.toUnmodifiableSet());

    /** Every setting, in the order of the documentation. */
    static List<SettingKey<?>> all() {
        return SettingList.ALL;
    }

    /** Whether a running server takes a change over, see {@code LiveSettings}; the others wait for the next start. */
    boolean isLive() {
        return LIVE.contains(name);
    }

    /** The name in the environment: {@code varve.data-dir} is {@code VARVE_DATA_DIR}. */
    String environmentName() {
        return name.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** The name as a flag without its dashes and without the prefix: {@code data-dir}. */
    String flagName() {
        return name.substring(PREFIX.length());
    }
}
