/**
 * Milton as the frame of the WebDAV door: it carries a request from the servlet to the verb that answers it.
 *
 * <p>Only the parts of Milton that dispatch are used ({@code HttpManager}, {@code Filter}, {@code
 * Handler}, {@code ResourceFactory}, {@code Resource}); what each method does is Varve's own, because
 * the community edition's handlers lack locks and misread several headers. This is the only package that
 * imports Milton, so that the frame can be exchanged without touching a verb.
 */
@NullMarked
package io.varve.webdav.frame;

import org.jspecify.annotations.NullMarked;
