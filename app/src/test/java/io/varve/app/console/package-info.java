@NullMarked
package io.varve.app.console;

import org.jspecify.annotations.NullMarked;
