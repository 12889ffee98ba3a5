/** The XML of the S3 API: a writer for answers, and a bounded reader for requests. */
@NullMarked
package io.varve.s3.xml;

import org.jspecify.annotations.NullMarked;
