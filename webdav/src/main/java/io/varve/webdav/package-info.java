/**
 * The WebDAV door: RFC 4918 classes 1, 2 and 3 over the namespace.
 *
 * <p>{@link io.varve.webdav.DavServlet} logs the client in and hands the request to the {@linkplain
 * io.varve.webdav.frame.Frame frame}, which looks up the address and calls the verb of its method.
 * Each verb family is one class here; what they share is {@code Share} (the store), {@code Exchange}
 * (the request) and {@code Target} (what the address stands for). Every refusal ends in one place, the
 * servlet, and every refusal of the store is mapped by one exhaustive switch in {@code Refusal}.
 */
@NullMarked
package io.varve.webdav;

import org.jspecify.annotations.NullMarked;
