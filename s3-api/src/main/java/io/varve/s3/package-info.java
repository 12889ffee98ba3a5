/**
 * The S3 door: a servlet that speaks Amazon's S3 API over the namespace.
 *
 * <p>{@link io.varve.s3.S3Servlet} reads the raw request, authenticates it, looks its operation up in a table, asks for
 * the right to do it, and turns whatever happens into an S3 answer. {@link io.varve.s3.S3Connector} sets a Tomcat
 * connector up so that every legal S3 request reaches the servlet as it was sent.
 */
@NullMarked
package io.varve.s3;

import org.jspecify.annotations.NullMarked;
