package io.varve.app.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Where settings are read from, to be read again: the file may say something else by then. */
public final class SettingsSource {
    private final List<String> flags;
    private final Map<String, String> environment;
    private final Path workingDirectory;

    SettingsSource(List<String> flags, Map<String, String> environment, Path workingDirectory) {
        this.flags = List.copyOf(flags);
        this.environment = Map.copyOf(environment);
        this.workingDirectory = workingDirectory;
    }

    /**
     * Reads all sources again.
     *
     * @throws SettingsException if anything is wrong
     */
    public LoadedSettings read() throws SettingsException {
        return SettingsReader.read(flags, environment, workingDirectory);
    }
}
