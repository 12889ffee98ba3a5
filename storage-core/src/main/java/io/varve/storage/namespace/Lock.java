package io.varve.storage.namespace;

import java.time.Instant;

/**
 * A write lock as WebDAV knows it (RFC 4918 section 6). Kept in the store, survives a restart.
 *
 * @param path what was locked; a directory's path ends with a slash
 * @param token the lock token, a URI
 * @param principal the user who holds it
 * @param owner the XML the client gave as owner; may be empty
 * @param exclusive exclusive or shared
 * @param infinite whether it covers everything under a directory
 * @param timeoutSeconds the timeout granted, from creation or the last refresh
 * @param expires when it ends by itself
 */
public record Lock(
        EntryPath path,
        String token,
        String principal,
        String owner,
        boolean exclusive,
        boolean infinite,
        long timeoutSeconds,
        Instant expires) {}
