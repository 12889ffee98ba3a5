/** Tests of the WebDAV door against a real store, and of real clients against the door. */
@NullMarked
package io.varve.webdav;

import org.jspecify.annotations.NullMarked;
