/** What the web console needs of the server beside the REST interface: sessions, its files, shared links, the audit log, live figures. */
@NullMarked
package io.varve.app.console;

import org.jspecify.annotations.NullMarked;
