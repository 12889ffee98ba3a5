/**
 * Users, key pairs and roles, and the one decision that every door asks.
 *
 * <p>Users and keys are metadata like everything else: they are committed, journaled and rebuilt with it. Their secrets are stored
 * encrypted under a master key that lies beside the metadata, not in it, because S3 signatures need the secret itself and a hash would
 * not do. A password that is for the console alone is kept as a slow hash, and that is encrypted, too.
 */
@NullMarked
package io.varve.storage.access;

import org.jspecify.annotations.NullMarked;
