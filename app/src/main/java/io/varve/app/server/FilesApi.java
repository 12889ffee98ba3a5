package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Imports;
import io.varve.storage.namespace.Moments;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.Usage;
import io.varve.storage.namespace.WriteOptions;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/files}: what there is, or with {@code at} what there was at a moment, as a file system could hold it. Paths are
 * {@code bucket/key}; a folder's ends with a slash.
 */
@RestController
@RequestMapping("/api/v1/files")
class FilesApi extends UserApi {
    private static final int LISTED_MAX = 1000;

    private final Namespace namespace;

    /** What a folder holds; {@code next} is what to give as {@code after} for more. */
    record Page(List<FileInfo> entries, @Nullable String next) {}

    /**
     * Something in a folder.
     *
     * @param name a folder's ends with a slash
     * @param etag of a file, for {@code If-Match}; a folder's is empty
     * @param legal whether a file system can hold something of that name
     * @param twin whether it is both a file and a folder
     * @param importId the import that left it as it is
     */
    record FileInfo(
            String name,
            boolean folder,
            long size,
            Instant modified,
            String etag,
            boolean legal,
            boolean twin,
            @Nullable String importId) {}

    /** Names that are asked for, a folder's with its slash. */
    record Names(String folder, List<String> names) {}

    /** How much lies below a path. */
    record Amount(long files, long bytes) {}

    /** The SHA-256 of a file's bytes. */
    record Digest(long size, String sha256) {}

    /** A file that is meant. */
    record Named(@Nullable String path) {}

    /**
     * The SHA-256 of a file's bytes.
     *
     * @param kept whether it is kept with the file; not with small ones and those that were put together of parts
     */
    record KeptDigest(long size, String sha256, boolean kept) {}

    FilesApi(StorageEngine engine) {
        super(engine.access());
        this.namespace = engine.namespace();
    }

    private FileTree tree(@Nullable String at) {
        return tree(namespace, at);
    }

    /** The files there are, or those of a moment. */
    static FileTree tree(Namespace namespace, @Nullable String at) {
        return at == null
                ? new FileTree.Now(namespace)
                : new FileTree.Then(namespace.at(Moments.parse(at)
                        .orElseThrow(() -> new HistoryApi.BadWordException(
                                "'" + at + "' is no moment: give " + Moments.GRAMMAR + "."))));
    }

    /** A file's bytes. If they turn out to be damaged, the connection is cut. */
    @GetMapping
    void get(
            @RequestParam String path,
            @RequestParam(required = false) @Nullable String at,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch,
            HttpServletResponse response)
            throws IOException {
        require(Action.READ, HistoryApi.path(path));
        FileTree tree = tree(at);
        Entry entry = file(tree, path, ifMatch);
        try (ContentReader reader = tree.read(entry)) {
            ByteBuffer piece = first(reader);
            response.setContentType("application/octet-stream");
            response.setContentLengthLong(entry.size());
            response.setHeader(HttpHeaders.ETAG, entry.etag().quoted());
            OutputStream out = response.getOutputStream();
            WritableByteChannel channel = Channels.newChannel(out);
            for (; piece.hasRemaining(); piece = reader.next()) {
                channel.write(piece);
            }
            out.flush();
        }
    }

    /** Before the first byte has left, trouble can still be told. */
    private static ByteBuffer first(ContentReader reader) {
        try {
            return reader.next();
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    /** Reads a file through, past every cache: what lies on the store's disk, verified. */
    @GetMapping("/digest")
    Digest digest(
            @RequestParam String path,
            @RequestParam(required = false) @Nullable String at,
            @RequestHeader(name = HttpHeaders.IF_MATCH, required = false) @Nullable String ifMatch) {
        require(Action.READ, HistoryApi.path(path));
        FileTree tree = tree(at);
        Entry entry = file(tree, path, ifMatch);
        return new Digest(entry.size(), sha256(tree, entry).toHex());
    }

    private static Fingerprint sha256(FileTree tree, Entry entry) {
        MessageDigest digest = AdministratorApi.sha256();
        try (ContentReader reader = tree.readFromDisk(entry)) {
            for (ByteBuffer piece = reader.next(); piece.hasRemaining(); piece = reader.next()) {
                digest.update(piece);
            }
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
        return Fingerprint.read(ByteBuffer.wrap(digest.digest()));
    }

    /** Does the same and keeps the hash with the file, so that it can be named by it; see {@link KnownFilesApi}. */
    @PostMapping("/digest")
    KeptDigest keepDigest(@RequestBody Named wanted) {
        EntryPath path = FileChangesApi.named(wanted.path(), "path");
        caller().note(path.toString());
        require(Action.READ, path);
        require(Action.WRITE, path);
        FileTree tree = tree(null);
        Entry entry = file(tree, path.toString(), null);
        if (entry.attributes().get(Attributes.SEALED).isPresent()) {
            throw new StorageException.Sealed(path);
        }
        Fingerprint sha256 = sha256(tree, entry);
        boolean kept = namespace.knownContents().learn(entry, sha256, WriteOptions.folders(caller().name()));
        return new KeptDigest(entry.size(), sha256.toHex(), kept);
    }

    @GetMapping("/amount")
    Amount amount(@RequestParam String path, @RequestParam(required = false) @Nullable String at) {
        FileTree tree = tree(at);
        EntryPath folder = HistoryApi.path(path).asDirectory();
        require(Action.LIST, folder);
        if (tree.find(folder).isEmpty()) {
            throw new StorageException.NoSuchEntry(folder);
        }
        Usage usage = tree.usage(folder);
        return new Amount(usage.files(), usage.bytes());
    }

    @GetMapping("/list")
    Page list(
            @RequestParam String path,
            @RequestParam(required = false) @Nullable String at,
            @RequestParam(defaultValue = "") String after) {
        FileTree tree = tree(at);
        EntryPath folder = HistoryApi.path(path).asDirectory();
        require(Action.LIST, folder);
        List<FileInfo> entries = new ArrayList<>();
        try (DirectoryStream children = tree.children(folder, after)) {
            while (children.hasNext() && entries.size() < LISTED_MAX) {
                entries.add(info(tree, folder, children.next()));
            }
            return new Page(entries, children.hasNext() ? entries.getLast().name() : null);
        }
    }

    /** Those of some names that are there. */
    @PostMapping("/stat")
    List<FileInfo> stat(@RequestBody Names asked) {
        FileTree tree = tree(null);
        EntryPath folder = HistoryApi.path(asked.folder()).asDirectory();
        require(Action.LIST, folder);
        if (asked.names().size() > LISTED_MAX) {
            throw new HistoryApi.BadWordException("Ask for at most " + LISTED_MAX + " names at once.");
        }
        List<FileInfo> found = new ArrayList<>();
        for (String name : asked.names()) {
            tree.find(folder.child(name)).ifPresent(entry -> found.add(info(tree, folder, entry)));
        }
        return found;
    }

    private static FileInfo info(FileTree tree, EntryPath folder, Entry entry) {
        EntryPath path = entry.path();
        return new FileInfo(
                path.key().substring(folder.key().length()),
                entry.isDirectory(),
                entry.size(),
                entry.modified(),
                entry.isDirectory() ? "" : entry.etag().quoted(),
                path.isLegalTreePath(),
                tree.find(entry.isDirectory() ? path.asFile() : path.asDirectory())
                        .isPresent(),
                Imports.of(entry).orElse(null));
    }

    private static Entry file(FileTree tree, String path, @Nullable String ifMatch) {
        EntryPath asked = HistoryApi.path(path);
        Entry entry = tree.find(asked)
                .filter(found -> !found.isDirectory())
                .orElseThrow(() -> new StorageException.NoSuchEntry(asked));
        if (ifMatch != null
                && !ifMatch.equals("*")
                && !ifMatch.equals(entry.etag().quoted())) {
            throw new StorageException.PreconditionFailed("'" + asked + "' is another file by now.");
        }
        return entry;
    }
}
