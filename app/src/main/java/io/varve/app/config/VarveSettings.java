package io.varve.app.config;

import io.varve.storage.EngineSettings;
import io.varve.storage.access.AddressRange;
import io.varve.storage.io.IoEngine;
import io.varve.storage.namespace.RetentionPolicy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * All settings of a server, checked. The components are named as the keys are, and
 * {@code docs/configuration.md} describes each.
 *
 * @param dataDir where the store lies; absolute
 * @param bind the address to listen on, a name or a literal
 * @param port port of the console, WebDAV, REST and metrics; 0 takes a free one
 * @param davDigest whether WebDAV offers and takes Digest logins
 * @param s3 the S3 door
 * @param root the first user
 * @param store the engine
 * @param memory what the engine may take of it
 * @param background the engine's background work
 * @param safety what guards against damage to disks
 * @param tiers where chunks lie that nobody reads, with absolute paths
 * @param diskCache the file in which decoded chunks are kept, with an absolute path
 * @param metadataDir where the metadata lies, absolute; empty for the data directory
 * @param encryption encryption at rest, with an absolute path
 * @param io the way of disk access to try first; empty: the best for each file system
 * @param http limits of both HTTP servers
 * @param tls what all ports speak TLS with; empty for plain HTTP
 * @param metrics who may read the metrics
 * @param log what the log says
 * @param audit what the audit log notes
 * @param warmUp whether the code that serves clients is exercised after a start
 */
public record VarveSettings(
        Path dataDir,
        String bind,
        int port,
        boolean davDigest,
        S3 s3,
        Root root,
        Store store,
        Memory memory,
        Background background,
        Safety safety,
        EngineSettings.Tiers tiers,
        EngineSettings.DiskCache diskCache,
        Optional<Path> metadataDir,
        EngineSettings.Encryption encryption,
        Optional<IoEngine.Kind> io,
        Http http,
        Optional<Tls> tls,
        Metrics metrics,
        Log log,
        Audit audit,
        boolean warmUp) {

    /**
     * The S3 door.
     *
     * @param port its port; 0 takes a free one
     * @param domain domain under which bucket names are host names; empty for path style alone
     * @param websiteDomain domain below which buckets are websites; empty for none
     * @param region the region signatures are made for
     * @param uploadsKept after how long without a new part a multipart upload ends; zero for never
     * @param lifecycleDay the length of a day in lifecycle rules
     * @param requestsPerSecond how many requests of one user are served in a second; 0 for any number
     * @param signatureV2 whether requests signed by Version 2 are served, too
     * @param webhook where events of buckets go
     * @param webhookToken sent along as a bearer token; empty for none
     */
    public record S3(
            int port,
            String domain,
            String websiteDomain,
            String region,
            Duration uploadsKept,
            Duration lifecycleDay,
            int requestsPerSecond,
            boolean signatureV2,
            Optional<URI> webhook,
            Secret webhookToken) {}

    /**
     * The first user, an administrator. Both parts are empty when it is to be made with a random password.
     *
     * @param user name, also the S3 access key
     * @param password password, also the S3 secret key
     */
    public record Root(String user, Secret password) {}

    /**
     * The storage engine.
     *
     * @param chunking name of the chunk size profile, fixed when the store is made
     * @param history how long old content stays readable
     * @param freeSpaceReserveBytes writes are refused while the disk has less free
     * @param sharedBuckets whether every user may use every bucket
     */
    public record Store(String chunking, RetentionPolicy history, long freeSpaceReserveBytes, boolean sharedBuckets) {}

    /**
     * What the engine may take of the memory.
     *
     * @param ingestPercent of the heap, for arriving content
     * @param prefetchPercent of the heap, for chunks read ahead
     * @param cachePercent of the heap's limit, but outside it, for chunks kept for the next reader
     * @param metadataBytes outside the heap, for the metadata store's cache
     */
    public record Memory(int ingestPercent, int prefetchPercent, int cachePercent, int metadataBytes) {}

    /**
     * The engine's background work.
     *
     * @param interval the pause between two rounds
     * @param compactBelow segments whose live share in percent is below this are rewritten; 0 for never
     * @param bytesPerSecond how fast chunks are moved when nobody waits for it
     * @param reencodeAfter how long new content stays as it arrived
     * @param chainDepth how many differences may lie between a chunk and one that is stored whole
     */
    public record Background(
            Duration interval, int compactBelow, long bytesPerSecond, Duration reencodeAfter, int chainDepth) {}

    /**
     * What guards against damage to disks.
     *
     * @param checkpointInterval how old the last checkpoint may become when something has changed
     * @param checkpointCopies absolute; a directory for copies of checkpoints
     * @param scrubInterval from the end of a scrub to the beginning of the next; zero for none
     * @param scrubBytesPerSecond how fast a scrub may read
     * @param mirror absolute; a directory for a second copy of everything but the metadata
     * @param mirrorTimeout how long an operation there may take
     */
    public record Safety(
            Duration checkpointInterval,
            Optional<Path> checkpointCopies,
            Duration scrubInterval,
            long scrubBytesPerSecond,
            Optional<Path> mirror,
            Duration mirrorTimeout) {}

    /**
     * What clients may hold of both HTTP servers.
     *
     * @param idleTimeout a connection on which nothing moves for that long is closed
     * @param connectionsMax open connections a port accepts; more wait in the system's queue
     * @param headerBytesMax limit of a request's line and headers together
     * @param trustedProxies who is believed about the addresses of clients
     * @param stopGrace how long running requests may take to end when the server stops
     */
    public record Http(
            Duration idleTimeout,
            int connectionsMax,
            int headerBytesMax,
            List<AddressRange> trustedProxies,
            Duration stopGrace) {
        /** Keeps what it was given. */
        public Http {
            trustedProxies = List.copyOf(trustedProxies);
        }
    }

    /**
     * TLS.
     *
     * @param certificate absolute; a PEM file with the certificate and its chain
     * @param key absolute; a PEM file with the private key
     */
    public record Tls(Path certificate, Path key) {}

    /**
     * The log.
     *
     * @param level the least level that is written: error, warn, info or debug
     * @param format text or json
     * @param slow requests that take at least this long are written; zero for none
     * @param requests whether every request is written
     */
    public record Log(String level, String format, Duration slow, boolean requests) {}

    /**
     * The audit log.
     *
     * @param dav whether changes of files over WebDAV are noted
     * @param s3 whether those over S3 are
     * @param filesBytesMax what the log of files takes at most
     */
    public record Audit(boolean dav, boolean s3, long filesBytesMax) {}

    /**
     * The metrics.
     *
     * @param login whether metrics and health ask for an administrator's login
     * @param otlpUrl where they are sent by OTLP; empty for nowhere
     * @param otlpInterval how often
     * @param otlpAuthorization what stands in the header {@code Authorization} then; empty for nothing
     */
    public record Metrics(boolean login, Optional<URI> otlpUrl, Duration otlpInterval, Secret otlpAuthorization) {}
}
