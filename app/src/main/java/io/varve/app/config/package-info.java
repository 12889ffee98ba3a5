/**
 * Settings: read once from flags, environment and {@code varve.yml}, checked, and handed on as one tree of
 * typed values. Nothing else in the program looks at the environment or parses a setting.
 */
@NullMarked
package io.varve.app.config;

import org.jspecify.annotations.NullMarked;
