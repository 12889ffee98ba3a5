package io.varve.storage.namespace;

/**
 * A wish for a lock.
 *
 * @param owner the XML the client gave as owner; may be empty; 4 KiB at most
 * @param exclusive exclusive or shared
 * @param infinite whether it is to cover everything under a directory
 * @param timeoutSeconds how long, 1 second to 7 days; longer is cut
 */
public record LockRequest(String owner, boolean exclusive, boolean infinite, long timeoutSeconds) {}
