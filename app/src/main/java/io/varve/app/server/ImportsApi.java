package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.chunkstore.ContentHints;
import io.varve.storage.chunkstore.ContentWriter;
import io.varve.storage.chunkstore.StagedContent;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.maintenance.Jobs;
import io.varve.storage.namespace.Attributes;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.Import;
import io.varve.storage.namespace.Imports;
import io.varve.storage.namespace.KnownContents;
import io.varve.storage.namespace.Moments;
import io.varve.storage.namespace.Namespace;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1/imports}: brings directory trees in file by file, and takes them back; see {@link Imports}. */
@RestController
@RequestMapping("/api/v1/imports")
class ImportsApi extends AdministratorApi {
    private static final int BUFFER_BYTES = 128 * 1024;
    private static final WriteOptions AS_OPERATOR = WriteOptions.folders("operator");

    private final StorageEngine engine;
    private final Namespace namespace;
    private final Imports imports;

    /** The SHA-256 of what arrived. */
    record Received(long size, String sha256) {}

    /** An import that is to begin, or to go on. */
    record NewImport(String source, String target) {}

    /** An import as told. */
    record ImportInfo(String id, String source, String target, Instant started, String state) {
        static ImportInfo of(Import known) {
            return new ImportInfo(
                    known.id(),
                    known.source(),
                    known.target().toString(),
                    known.started(),
                    known.state().name().toLowerCase(Locale.ROOT));
        }
    }

    /** There is no import of that number, or none any more. */
    static final class NoSuchImportException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NoSuchImportException(String id) {
            super("There is no import '" + id + "': ./varve import --list tells those that are known.");
        }
    }

    ImportsApi(StorageEngine engine) {
        super(engine.access());
        this.engine = engine;
        this.namespace = engine.namespace();
        this.imports = namespace.imports();
    }

    @GetMapping
    List<ImportInfo> list() {
        return imports.list().stream().map(ImportInfo::of).toList();
    }

    @PostMapping
    ImportInfo begin(@RequestBody NewImport wanted) {
        EntryPath target = HistoryApi.path(wanted.target());
        if (!target.isLegalTreePath()) {
            throw new StorageException.InvalidName("'" + wanted.target() + "' is no path of a folder.");
        }
        return ImportInfo.of(imports.begin(wanted.source(), target, "operator"));
    }

    @PostMapping("/{id}/finish")
    ImportInfo finish(@PathVariable String id) {
        return ImportInfo.of(imports.finish(known(id)));
    }

    @PostMapping("/{id}/rollback")
    ResponseEntity<Jobs.Job> rollback(@PathVariable String id) throws IOException {
        return ResponseEntity.accepted().body(engine.jobs().rollback(imports, known(id)));
    }

    private Import known(String id) {
        return imports.find(id).orElseThrow(() -> new NoSuchImportException(id));
    }

    /** Stores a file, or makes a folder; the answer tells what arrived. */
    @PutMapping("/{id}/files")
    Received put(
            @PathVariable String id,
            @RequestParam String path,
            @RequestParam String modified,
            @RequestParam(defaultValue = "false") boolean overwrite,
            HttpServletRequest request)
            throws IOException {
        EntryPath target = HistoryApi.path(path);
        Import known = known(id);
        Instant time = Moments.parse(modified)
                .orElseThrow(() -> new HistoryApi.BadWordException("'" + modified + "' is no modification time."));
        if (!known.target().contains(target)) {
            throw new HistoryApi.BadWordException("'" + path + "' is not below '" + known.target() + "'.");
        }
        if (!target.isLegalTreePath()) {
            throw new StorageException.InvalidName("'" + path + "' is no path of a file.");
        }
        MessageDigest digest = sha256();
        if (target.isDirectory()) {
            imports.makeFolder(known, target, Optional.of(time), AS_OPERATOR);
            return new Received(0, HexFormat.of().formatHex(digest.digest()));
        }
        long announced = request.getContentLengthLong();
        try (ContentWriter writer = namespace.write(new ContentHints(target.name(), "", announced))) {
            long received = receive(request.getInputStream(), writer, digest);
            if (announced >= 0 && received != announced) {
                throw new HistoryApi.BadWordException(
                        "The body ended after " + received + " of " + announced + " bytes.");
            }
            try (StagedContent content = finish(writer)) {
                Fingerprint sha256 = Fingerprint.read(ByteBuffer.wrap(digest.digest()));
                Attributes kept = received < KnownContents.BYTES_MIN
                        ? Attributes.NONE
                        : KnownContents.in(Attributes.NONE, sha256);
                Entry entry = imports.put(known, target, content, kept, time, overwrite, AS_OPERATOR);
                return new Received(entry.size(), sha256.toHex());
            }
        }
    }

    private static long receive(InputStream body, ContentWriter writer, MessageDigest digest) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long received = 0;
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            digest.update(buffer, 0, count);
            try {
                writer.write(buffer, 0, count);
            } catch (IOException e) {
                throw Namespace.explain(e);
            }
            received += count;
        }
        return received;
    }

    private static StagedContent finish(ContentWriter writer) {
        try {
            return writer.finish();
        } catch (IOException e) {
            throw Namespace.explain(e);
        }
    }

    @ExceptionHandler(NoSuchImportException.class)
    ResponseEntity<ProblemDetail> noSuchImport(NoSuchImportException failure) {
        return HistoryApi.problem(HttpStatus.GONE, failure);
    }
}
