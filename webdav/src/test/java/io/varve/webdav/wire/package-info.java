/** Tests of what WebDAV says on the wire. */
@NullMarked
package io.varve.webdav.wire;

import org.jspecify.annotations.NullMarked;
