/** What is in {@code deploy/}, held against the tools and schemas of those who read it. */
@NullMarked
package io.varve.app.deploy;

import org.jspecify.annotations.NullMarked;
