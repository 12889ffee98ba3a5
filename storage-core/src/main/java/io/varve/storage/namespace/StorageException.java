package io.varve.storage.namespace;

import java.io.Serial;

/**
 * Why the store refused or could not do something, one type per reason so that each door maps them
 * with one exhaustive switch. The message is for the client's user: it names the thing and, where
 * there is one, the way out; it holds no secrets and no file names of the server.
 */
public abstract sealed class StorageException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    private StorageException(String message) {
        super(message);
    }

    private StorageException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The bucket does not exist. */
    public static final class NoSuchBucket extends StorageException {
        public NoSuchBucket(String bucket) {
            super("The bucket '" + bucket + "' does not exist.");
        }
    }

    /** The bucket to be made is there already. */
    public static final class BucketExists extends StorageException {
        private final String owner;

        public BucketExists(String bucket, String owner) {
            super("The bucket '" + bucket + "' exists already.");
            this.owner = owner;
        }

        /** Who owns the bucket that is there. */
        public String owner() {
            return owner;
        }
    }

    /** The bucket to be removed holds something. */
    public static final class BucketNotEmpty extends StorageException {
        public BucketNotEmpty(String bucket) {
            super("The bucket '" + bucket + "' is not empty: delete what it holds first.");
        }
    }

    /** The bucket's or the entry's name breaks a rule. */
    public static final class InvalidName extends StorageException {
        public InvalidName(String message) {
            super(message);
        }
    }

    /** Nothing is at that path. */
    public static final class NoSuchEntry extends StorageException {
        public NoSuchEntry(EntryPath path) {
            super("Nothing is at '" + path + "'.");
        }
    }

    /** The moment that was asked for is not, or no longer, part of the history. */
    public static final class OutOfHistory extends StorageException {
        public OutOfHistory(String message) {
            super(message);
        }
    }

    /** The directory that should hold the entry does not exist (only {@link WriteOptions.Tree#FOLDERS}). */
    public static final class NoSuchParent extends StorageException {
        public NoSuchParent(EntryPath path) {
            super("The folder of '" + path + "' does not exist: create it first.");
        }
    }

    /** A file is where a directory is needed, or the other way round. */
    public static final class KindConflict extends StorageException {
        public KindConflict(String message) {
            super(message);
        }
    }

    /** Something is at the target already and may not be replaced. */
    public static final class EntryExists extends StorageException {
        public EntryExists(EntryPath path) {
            super("'" + path + "' exists already.");
        }
    }

    /** A move or copy of a directory into itself, or of something onto itself. */
    public static final class InvalidTarget extends StorageException {
        public InvalidTarget(String message) {
            super(message);
        }
    }

    /** A precondition of the request does not hold. */
    public static final class PreconditionFailed extends StorageException {
        public PreconditionFailed(String message) {
            super(message);
        }
    }

    /** A lock forbids the change, and its token was not submitted. */
    public static final class Locked extends StorageException {
        private final EntryPath path;

        public Locked(EntryPath path) {
            super("'" + path + "' is locked by another client: unlock it or wait for the lock to expire.");
            this.path = path;
        }

        /** The path the lock stands on. */
        public EntryPath path() {
            return path;
        }
    }

    /** A version of a key is locked, so that it cannot be deleted or let go of. */
    public static final class VersionHeld extends StorageException {
        public VersionHeld(String message) {
            super(message);
        }
    }

    /** Only a client has the key of the content. */
    public static final class Sealed extends StorageException {
        public Sealed(EntryPath path) {
            super("'" + path + "' was encrypted over S3: read it there.");
        }
    }

    /** The lock token names no lock that covers the path. */
    public static final class NoSuchLock extends StorageException {
        public NoSuchLock(String message) {
            super(message);
        }
    }

    /** The multipart upload does not exist (any more). */
    public static final class NoSuchUpload extends StorageException {
        private final String id;

        public NoSuchUpload(String id) {
            super("The upload '" + id + "' does not exist: it was completed, aborted or never begun.");
            this.id = id;
        }

        public String id() {
            return id;
        }
    }

    /** A part named at completion was not uploaded, or with another tag. */
    public static final class InvalidPart extends StorageException {
        public InvalidPart(int number) {
            super("Part " + number + " was not uploaded, or its entity tag differs.");
        }
    }

    /** A part other than the last is smaller than allowed. */
    public static final class PartTooSmall extends StorageException {
        public PartTooSmall(int number, long bytes, long bytesMin) {
            super("Part " + number + " has " + bytes + " bytes; all parts but the last need at least " + bytesMin
                    + ".");
        }
    }

    /** Attributes of an entry together are too large. */
    public static final class AttributesTooLarge extends StorageException {
        public AttributesTooLarge(String message) {
            super(message);
        }
    }

    /** A bucket would hold more than its quota allows. Deleting, and replacing by less, still works. */
    public static final class QuotaExceeded extends StorageException {
        public QuotaExceeded(String bucket, long quotaBytes, long usedBytes) {
            super("The bucket '" + bucket + "' may hold " + quotaBytes + " bytes, and would hold " + usedBytes
                    + ": delete something, or have its quota raised.");
        }
    }

    /** The disk has no room for the change. Deleting still works. */
    public static final class NoSpace extends StorageException {
        public NoSpace(String message) {
            super(message);
        }

        public NoSpace(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Stored bytes do not verify; nothing of them was given out. */
    public static final class Damaged extends StorageException {
        public Damaged(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The store takes no changes now: it is stopping, or it went read-only after a failed sync. */
    public static final class ReadOnly extends StorageException {
        public ReadOnly(String message) {
            super(message);
        }

        public ReadOnly(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The request was interrupted or took too long inside the store; it may be tried again. */
    public static final class Busy extends StorageException {
        public Busy(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The machine failed: an I/O error. Details are in the server's log. */
    public static final class Failure extends StorageException {
        public Failure(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
