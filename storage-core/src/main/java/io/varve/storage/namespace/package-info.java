/**
 * Names, versions, uploads and locks: what every door sees of the store.
 *
 * <p>One tree of buckets, directories and files serves S3 keys and WebDAV paths alike. {@link
 * io.varve.storage.namespace.Namespace} is the way in; everything it refuses is a {@link
 * io.varve.storage.namespace.StorageException}.
 */
@NullMarked
package io.varve.storage.namespace;

import org.jspecify.annotations.NullMarked;
