package io.varve.storage.access;

import io.varve.storage.access.AccessControl.Action;

/**
 * A request as a policy sees it.
 *
 * @param user who asks; empty for nobody known
 * @param action what for
 * @param resource the bucket or object, without {@code arn:aws:s3:::}
 * @param context what conditions look at
 */
record PolicyRequest(String user, Action action, String resource, RequestContext context) {

    static PolicyRequest of(String user, Action action, String bucket, String key, RequestContext context) {
        return new PolicyRequest(user, action, action.isOfObject() ? bucket + "/" + key : bucket, context);
    }
}
