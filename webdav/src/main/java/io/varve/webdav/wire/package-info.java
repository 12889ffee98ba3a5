/**
 * What WebDAV says on the wire: paths, headers, dates and XML, read strictly and written safely.
 *
 * <p>Everything here is a pure function of text and streams; nothing knows the store. What a client
 * sent wrongly is a {@link io.varve.webdav.wire.WireException} with the status it deserves.
 */
@NullMarked
package io.varve.webdav.wire;

import org.jspecify.annotations.NullMarked;
