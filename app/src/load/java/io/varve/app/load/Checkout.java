package io.varve.app.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The sources that what is measured was built from. */
final class Checkout {
    private Checkout() {}

    /** What is checked out, with a mark if files differ from it. */
    static String commit() throws IOException {
        String changed = git("status", "--porcelain", "--untracked-files=no").isEmpty() ? "" : " with changes";
        return git("rev-parse", "HEAD") + changed;
    }

    private static String git(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    }
}
