package io.varve.app;

import io.varve.app.cli.VarveCommand;

/** The program's entry point. */
public final class Varve {
    private Varve() {}

    public static void main(String[] args) {
        int code = VarveCommand.run(args);
        // A server goes on in its own threads after its command has returned; what failed ends here.
        if (code != VarveCommand.KEEP_RUNNING) {
            System.exit(code);
        }
    }
}
