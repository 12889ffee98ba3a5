@NullMarked
package io.varve.app.server;

import org.jspecify.annotations.NullMarked;
