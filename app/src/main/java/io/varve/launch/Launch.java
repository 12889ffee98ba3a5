package io.varve.launch;

import java.lang.reflect.InvocationTargetException;

/**
 * Starts the program if this Java can run it. Everything else in the jar is compiled for Java 25, and an older one would answer
 * with an UnsupportedClassVersionError; this class is compiled for 17, so it must not name any other class of Varve and reaches the
 * real entry point by reflection.
 */
public final class Launch {
    private static final int JAVA_MIN = 25;

    private Launch() {}

    /** Runs {@code io.varve.app.Varve}, or explains on standard error and exits with 1. */
    public static void main(String[] args) throws Throwable {
        int java = Runtime.version().feature();
        if (java < JAVA_MIN) {
            System.err.println("Varve needs Java " + JAVA_MIN + "; this is Java " + java + ".");
            System.err.println(
                    "Install a JDK " + JAVA_MIN + " and start with ./varve, which finds it, or set JAVA_HOME.");
            System.exit(1);
        }
        try {
            Class.forName("io.varve.app.Varve")
                    .getMethod("main", String[].class)
                    .invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
