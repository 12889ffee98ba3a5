package io.varve.storage.access;

/** What a user's password is good for, and hence how it is kept. */
public enum PasswordUse {
    /** All doors. It is the user's S3 secret key as well, which signatures need as it is: kept encrypted. */
    EVERY_DOOR,
    /** Signing in to the console and nothing else: kept as a hash that nobody can turn back. Programs take key pairs. */
    CONSOLE
}
