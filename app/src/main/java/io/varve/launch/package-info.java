/** The first class of the jar: it runs on older versions of Java, to be able to say what is missing. */
package io.varve.launch;
