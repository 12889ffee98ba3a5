package io.varve.app.cli;

import io.varve.app.config.LoadedSettings;
import io.varve.app.config.SettingsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** {@code varve config}: what is set, and where it was said. */
@Command(name = "config", description = "Show the settings and where each comes from (config show).")
final class ConfigCommand implements Runnable {
    @ParentCommand
    private VarveCommand varve;

    @Command(name = "show", description = "Show every setting with its value and origin.")
    int show() throws SettingsException {
        for (LoadedSettings.Effective setting : varve.settings().effective()) {
            varve.out().printf("%-32s %-24s %s%n", setting.key(), setting.text(), setting.origin());
        }
        varve.out().flush();
        return 0;
    }

    @Override
    public void run() {
        varve.out().println("Use: varve config show");
        varve.out().flush();
    }
}
