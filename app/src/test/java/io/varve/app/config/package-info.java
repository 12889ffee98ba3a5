/** Tests of reading and checking settings. */
@NullMarked
package io.varve.app.config;

import org.jspecify.annotations.NullMarked;
