package io.varve.app.cli;

import io.varve.app.config.LoadedSettings;
import io.varve.app.config.SettingsException;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

/** {@code varve config}: what is set, where it was said, whether it can be used, and how a running server takes it over. */
@Command(name = "config", description = "Show and check the settings; have the running server read them again.")
final class ConfigCommand implements Runnable {
    @ParentCommand
    private VarveCommand varve;

    @Command(
            name = "show",
            description = {
                "Show every setting with its value and origin; stars are secrets.",
                "A tilde marks those that a running server takes over without a restart."
            })
    int show(
            @Option(names = "--running", description = "Those of the running server, as it read them last.")
                    boolean running)
            throws SettingsException, IOException {
        if (running) {
            try (ServerClient server = server()) {
                for (JsonNode setting : server.send("GET", "/config", "").path("settings")) {
                    print(
                            setting.path("key").asString(),
                            setting.path("text").asString(),
                            setting.path("live").asBoolean(),
                            setting.path("origin").asString());
                }
            }
        } else {
            for (LoadedSettings.Effective setting : varve.settings().effective()) {
                print(setting.key(), setting.text(), setting.live(), setting.origin());
            }
        }
        varve.out().flush();
        return 0;
    }

    private void print(String key, String text, boolean live, String origin) {
        varve.out().printf("%-32s %-24s %s %s%n", key, text, live ? "~" : " ", origin);
    }

    @Command(
            name = "check",
            description = "Say what is wrong with the settings, each with its place; exit code 1 if anything is.")
    int check() throws SettingsException {
        long said = varve.settings().effective().stream()
                .filter(setting -> !setting.origin().equals("default"))
                .count();
        varve.out().println(said + " settings are not at their default; all can be used.");
        varve.out().flush();
        return 0;
    }

    @Command(
            name = "reload",
            description =
                    "Have the running server read its settings again: say what took effect and what needs a restart.")
    int reload() throws SettingsException, IOException {
        try (ServerClient server = server()) {
            JsonNode report = server.send("POST", "/config/reload", "");
            changes("Now", report.path("applied"));
            changes("At the next start", report.path("atRestart"));
            report.path("warnings").forEach(warning -> varve.out().println(warning.asString()));
            if (report.path("applied").isEmpty() && report.path("atRestart").isEmpty()) {
                varve.out().println("Nothing has changed.");
            }
        }
        varve.out().flush();
        return 0;
    }

    private void changes(String when, JsonNode changes) {
        for (JsonNode change : changes) {
            varve.out()
                    .printf(
                            "%s: %s is '%s', was '%s'.%n",
                            when,
                            change.path("key").asString(),
                            change.path("to").asString(),
                            change.path("from").asString());
        }
    }

    private ServerClient server() throws SettingsException, IOException {
        return ServerClient.of(varve.settings().settings().dataDir());
    }

    @Override
    public void run() {
        varve.out().println("Use: varve config show, check or reload");
        varve.out().flush();
    }
}
