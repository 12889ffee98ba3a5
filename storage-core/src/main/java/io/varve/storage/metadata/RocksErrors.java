package io.varve.storage.metadata;

import io.varve.storage.io.CorruptionException;
import java.io.IOException;
import java.nio.file.Path;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Tells in the product's words what RocksDB reports, and the way out. */
final class RocksErrors {
    private final Path directory;

    RocksErrors(Path directory) {
        this.directory = directory;
    }

    IOException translate(RocksDBException cause) {
        String detail = detail(cause);
        Status status = cause.getStatus();
        Status.Code code = status == null ? Status.Code.Undefined : status.getCode();
        return switch (code) {
            case Corruption -> damaged(detail, cause);
            case IOError -> ioError(detail, status, cause);
            case InvalidArgument -> {
                if (detail.contains("olumn famil")) {
                    yield new IOException(
                            "The metadata in " + directory + " was written by another version of Varve (" + detail
                                    + "). Start that version, or delete " + directory
                                    + ": the next start rebuilds it from the journal",
                            cause);
                }
                yield failed(detail, cause);
            }
            case Ok,
                    NotFound,
                    NotSupported,
                    MergeInProgress,
                    Incomplete,
                    ShutdownInProgress,
                    TimedOut,
                    Aborted,
                    Busy,
                    Expired,
                    TryAgain,
                    Undefined -> failed(detail, cause);
        };
    }

    private IOException ioError(String detail, Status status, RocksDBException cause) {
        if (status.getSubCode() == Status.SubCode.NoSpace || detail.contains("No space left")) {
            return new IOException(
                    "No space is left for the metadata in " + directory + " (" + detail
                            + "). Free some and start the server again; the journal has every commit",
                    cause);
        }
        if (detail.contains("/LOCK:")) {
            return new IOException("The metadata in " + directory + " is in use by another process", cause);
        }
        if (detail.contains("No such file")) {
            return damaged(detail, cause);
        }
        return failed(detail, cause);
    }

    private CorruptionException damaged(String detail, RocksDBException cause) {
        return new CorruptionException(
                "The metadata in " + directory + " is damaged (" + detail + "). Stop the server and delete " + directory
                        + ": the next start rebuilds it from the journal",
                cause);
    }

    private IOException failed(String detail, RocksDBException cause) {
        return new IOException("The metadata in " + directory + " cannot be read or written (" + detail + ")", cause);
    }

    private static String detail(RocksDBException cause) {
        Status status = cause.getStatus();
        String state = status == null ? null : status.getState();
        String message = cause.getMessage();
        if (state != null && !state.isEmpty()) {
            return state;
        }
        return message == null ? "no reason given" : message;
    }
}
