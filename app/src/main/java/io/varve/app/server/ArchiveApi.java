package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.chunkstore.ContentReader;
import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/archive}: a folder with all it holds, now or at a moment, as one zip that is made while it is sent. Its files are not
 * compressed, which spares the processor what the network seldom needs. A file that cannot be in it is named in one that is; a file that turns out
 * to be damaged ends the answer, so that nobody takes half an archive for a whole one.
 */
@RestController
@RequestMapping("/api/v1/archive")
class ArchiveApi extends UserApi {
    /** A zip's table of contents comes last, so all names are held until then: some 200 bytes each. */
    static final int FILES_MAX = 100_000;

    private static final int AT_ONCE_MAX = 8;
    private static final int PAGE = 500;
    private static final int LEFT_OUT_NAMED_MAX = 1000;
    private static final String LEFT_OUT = "NOT-IN-THIS-ARCHIVE.txt";

    private final Namespace namespace;
    private final Semaphore places = new Semaphore(AT_ONCE_MAX);

    /** The folder holds too much, or too many archives are being sent. */
    static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final HttpStatus status;

        RefusedException(HttpStatus status, String message) {
            super(message);
            this.status = status;
        }
    }

    ArchiveApi(StorageEngine engine) {
        super(engine.access());
        this.namespace = engine.namespace();
    }

    @GetMapping
    void get(
            @RequestParam String path,
            @RequestParam(required = false) @Nullable String at,
            HttpServletResponse response)
            throws IOException {
        EntryPath folder = HistoryApi.path(path).asDirectory();
        require(Action.LIST, folder);
        require(Action.READ, folder);
        FileTree tree = FilesApi.tree(namespace, at);
        if (tree.find(folder).isEmpty()) {
            throw new StorageException.NoSuchEntry(folder);
        }
        long files = tree.usage(folder).files();
        if (files > FILES_MAX) {
            throw new RefusedException(
                    HttpStatus.UNPROCESSABLE_CONTENT,
                    "'" + folder + "' holds " + files + " files, and an archive " + FILES_MAX
                            + " at most: take its folders one by one, or use WebDAV, S3 or ./varve export.");
        }
        if (!places.tryAcquire()) {
            throw new RefusedException(
                    HttpStatus.SERVICE_UNAVAILABLE, AT_ONCE_MAX + " archives are being sent: try again later.");
        }
        try {
            send(tree, folder, response);
        } finally {
            places.release();
        }
    }

    private static void send(FileTree tree, EntryPath folder, HttpServletResponse response) throws IOException {
        String name = folder.isRoot() ? folder.bucket() : folder.name().replace("/", "");
        response.setContentType("application/zip");
        response.setHeader(
                HttpHeaders.CONTENT_DISPOSITION,
                ContentDisposition.attachment()
                        .filename(name + ".zip", StandardCharsets.UTF_8)
                        .build()
                        .toString());
        // Not closed when it fails: that would write the table of contents, and half an archive would look whole.
        ZipOutputStream zip = new ZipOutputStream(response.getOutputStream(), StandardCharsets.UTF_8);
        zip.setLevel(Deflater.NO_COMPRESSION);
        try {
            new Packing(tree, folder, zip).run();
        } catch (RuntimeException e) {
            if (response.isCommitted()) {
                throw new IOException("An archive ended before its time: " + e.getMessage(), e);
            }
            throw e;
        }
        zip.close();
    }

    @ExceptionHandler(RefusedException.class)
    ResponseEntity<ProblemDetail> refused(RefusedException failure) {
        return HistoryApi.problem(failure.status, failure);
    }

    /** One archive in the making. */
    private static final class Packing {
        private final FileTree tree;
        private final EntryPath root;
        private final ZipOutputStream zip;
        private final WritableByteChannel channel;
        private final List<String> leftOut = new ArrayList<>();
        private long leftOutCount;

        Packing(FileTree tree, EntryPath root, ZipOutputStream zip) {
            this.tree = tree;
            this.root = root;
            this.zip = zip;
            this.channel = Channels.newChannel(zip);
        }

        void run() throws IOException {
            folder(root);
            if (leftOutCount > 0) {
                zip.putNextEntry(new ZipEntry(LEFT_OUT));
                String more =
                        leftOutCount > leftOut.size() ? "… and " + (leftOutCount - leftOut.size()) + " more\n" : "";
                zip.write((String.join("\n", leftOut) + "\n" + more).getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }

        /** By pages, so that no look at the index stays open while a client reads slowly. */
        private void folder(EntryPath folder) throws IOException {
            String after = "";
            List<Entry> page;
            do {
                page = page(folder, after);
                for (Entry entry : page) {
                    after = entry.path().key().substring(folder.key().length());
                    one(entry);
                }
            } while (page.size() == PAGE);
        }

        private List<Entry> page(EntryPath folder, String after) {
            List<Entry> page = new ArrayList<>();
            try (DirectoryStream children = tree.children(folder, after)) {
                while (children.hasNext() && page.size() < PAGE) {
                    page.add(children.next());
                }
            } catch (StorageException.NoSuchEntry e) {
                leaveOut(folder, "was deleted meanwhile");
            }
            return page;
        }

        private void one(Entry entry) throws IOException {
            EntryPath path = entry.path();
            String name = path.key().substring(root.key().length());
            if (!path.isLegalTreePath() || name.indexOf('\\') >= 0 || name.equals(LEFT_OUT)) {
                leaveOut(path, "has a name that could be unpacked to another place, or not at all");
            } else if (entry.isDirectory()) {
                zip.putNextEntry(named(name, entry));
                zip.closeEntry();
                folder(path);
            } else if (tree.find(path.asDirectory()).isPresent()) {
                leaveOut(path, "is both a file and a folder");
            } else {
                file(name, entry);
            }
        }

        private void file(String name, Entry entry) throws IOException {
            try (ContentReader reader = tree.read(entry)) {
                zip.putNextEntry(named(name, entry));
                for (ByteBuffer piece = reader.next(); piece.hasRemaining(); piece = reader.next()) {
                    channel.write(piece);
                }
                zip.closeEntry();
            } catch (StorageException.NoSuchEntry e) {
                leaveOut(entry.path(), "was deleted or replaced meanwhile");
            } catch (StorageException.Sealed e) {
                leaveOut(entry.path(), "is encrypted with a key that only its client has");
            }
        }

        private static ZipEntry named(String name, Entry entry) {
            ZipEntry zipped = new ZipEntry(name);
            zipped.setLastModifiedTime(FileTime.from(entry.modified()));
            return zipped;
        }

        private void leaveOut(EntryPath path, String why) {
            leftOutCount++;
            if (leftOut.size() < LEFT_OUT_NAMED_MAX) {
                leftOut.add(path + ": " + why);
            }
        }
    }
}
