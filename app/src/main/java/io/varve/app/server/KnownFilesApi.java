package io.varve.app.server;

import io.varve.storage.StorageEngine;
import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.fingerprint.Fingerprint;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import io.varve.storage.namespace.KnownContents;
import io.varve.storage.namespace.Moments;
import io.varve.storage.namespace.PutResult;
import io.varve.storage.namespace.StorageException;
import io.varve.storage.namespace.WriteOptions;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/v1/files/known}: a file of a content that the caller names by its hash and does not send, if a file that the caller may read has
 * it. A file that the caller may not read is as good as none; see {@link KnownContents}.
 */
@RestController
@RequestMapping("/api/v1/files/known")
class KnownFilesApi extends UserApi {
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /** Files that are found and gone before they are copied are looked for again, so often at most. */
    private static final int TRIES = 3;

    private final KnownContents known;

    /**
     * A file to be made.
     *
     * @param path where
     * @param sha256 of the whole content, 64 hexadecimal digits
     * @param size of the content, in bytes
     * @param modified the modification time to show; null: now
     * @param overwrite whether a file that is there may be replaced; null: no
     */
    record Wanted(
            @Nullable String path,
            @Nullable String sha256,
            @Nullable Long size,
            @Nullable String modified,
            @Nullable Boolean overwrite) {}

    KnownFilesApi(StorageEngine engine) {
        super(engine.access());
        this.known = engine.namespace().knownContents();
    }

    @PostMapping
    ResponseEntity<FileChangesApi.Placed> put(@RequestBody Wanted wanted) {
        EntryPath target = FileChangesApi.named(wanted.path(), "path");
        caller().note(String.valueOf(wanted.path()));
        if (target.isDirectory()) {
            throw new HistoryApi.BadWordException("'" + wanted.path() + "' is the path of a folder.");
        }
        Fingerprint sha256 = sha256(wanted);
        long size = Optional.ofNullable(wanted.size())
                .orElseThrow(() -> new HistoryApi.BadWordException("The request lacks 'size'."));
        Optional<Instant> modified = modified(wanted);
        require(Action.WRITE, target);
        for (int tries = 0; tries < TRIES; tries++) {
            Optional<Entry> found = known.find(sha256, size, path -> allows(Action.READ, path));
            Optional<PutResult> result = found.flatMap(entry -> copy(entry, target, wanted, modified));
            if (result.isPresent()) {
                boolean created = result.get().created();
                return ResponseEntity.status(created ? HttpStatus.CREATED : HttpStatus.OK)
                        .body(new FileChangesApi.Placed(target.toString(), created));
            }
            if (found.isEmpty()) {
                break;
            }
        }
        throw new AbsentException("No file that you may read is known to have this content: send it.");
    }

    /** Empty if the file that was found is no more what it was. */
    private Optional<PutResult> copy(Entry found, EntryPath target, Wanted wanted, Optional<Instant> modified) {
        try {
            return Optional.of(known.copy(
                    found,
                    target,
                    modified,
                    Boolean.TRUE.equals(wanted.overwrite()),
                    WriteOptions.folders(caller().name())));
        } catch (StorageException.NoSuchEntry e) {
            return Optional.empty();
        }
    }

    private static Fingerprint sha256(Wanted wanted) {
        String hex = String.valueOf(wanted.sha256()).toLowerCase(Locale.ROOT);
        if (!SHA256.matcher(hex).matches()) {
            throw new HistoryApi.BadWordException(
                    "'sha256' is to be the hash of the content in 64 hexadecimal digits.");
        }
        return Fingerprint.parse(hex);
    }

    private static Optional<Instant> modified(Wanted wanted) {
        return Optional.ofNullable(wanted.modified())
                .map(text -> Moments.parse(text)
                        .orElseThrow(() -> new HistoryApi.BadWordException(
                                "'" + text + "' is no moment: give " + Moments.GRAMMAR + ".")));
    }
}
