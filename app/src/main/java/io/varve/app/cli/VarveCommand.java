package io.varve.app.cli;

import io.varve.app.config.LoadedSettings;
import io.varve.app.config.SettingsException;
import io.varve.app.config.SettingsReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/**
 * {@code varve}: the commands, and what they have in common. Settings are flags of the form {@code --key=value} and may stand
 * anywhere; they are taken out before the commands are parsed, because only the settings reader knows them all.
 */
@Command(
        name = "varve",
        description = "A deduplicating, versioned storage server: WebDAV and S3 over one store.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = VersionCommand.class,
        subcommands = {
            ServeCommand.class,
            WarmUpCommand.class,
            SettleCommand.class,
            StatsCommand.class,
            TiersCommand.class,
            CacheCommand.class,
            UserCommand.class,
            HistoryCommand.class,
            RestoreCommand.class,
            RetentionCommand.class,
            QuotaCommand.class,
            ImportCommand.class,
            ExportCommand.class,
            FsckCommand.class,
            RebuildCommand.class,
            KeysCommand.class,
            BackupCommand.class,
            GcCommand.class,
            ScrubCommand.class,
            MirrorCommand.class,
            JobsCommand.class,
            ConfigCommand.class,
            VersionCommand.class,
            HelpCommand.class,
        },
        footer = {
            "",
            "varve COMMAND --help tells what a command takes.",
            "Every setting is a flag: --varve.port=8081 or --port=8081; see docs/configuration.md.",
        })
public final class VarveCommand implements Runnable {
    /** Not an exit code: the command left a server running. */
    public static final int KEEP_RUNNING = -1;

    static final int FAILED = 1;

    /** Options of commands that take a value; all other flags with one are settings. */
    private static final Set<String> COMMAND_OPTIONS =
            Set.of("--password", "--role", "--at", "--to", "--limit", "--rollback", "--chunk");

    @Spec
    private CommandSpec spec;

    private final Surroundings surroundings;
    private final List<String> settingFlags;

    /**
     * What a process has around it.
     *
     * @param environment its names
     * @param workingDirectory where {@code varve.yml} is looked for and relative paths of settings begin
     */
    public record Surroundings(Map<String, String> environment, Path workingDirectory) {
        public Surroundings {
            environment = Map.copyOf(environment);
        }

        static Surroundings ofProcess() {
            return new Surroundings(System.getenv(), Path.of(""));
        }
    }

    VarveCommand(Surroundings surroundings, List<String> settingFlags) {
        this.surroundings = surroundings;
        this.settingFlags = settingFlags;
    }

    /** Runs a command line and gives its exit code, or {@link #KEEP_RUNNING}. */
    public static int run(String... args) {
        return run(Surroundings.ofProcess(), line -> {}, args);
    }

    /**
     * Runs a command line inside of another program; else as {@link #run(String...)}.
     *
     * @param out takes what the command prints for its user, errors too
     */
    public static int run(Surroundings surroundings, PrintWriter out, String... args) {
        return run(surroundings, line -> line.setOut(out).setErr(out), args);
    }

    private static int run(Surroundings surroundings, Consumer<CommandLine> setUp, String... args) {
        List<String> flags = new ArrayList<>();
        List<String> words = new ArrayList<>();
        for (String arg : args) {
            (isSettingFlag(arg) ? flags : words).add(arg);
        }
        CommandLine line = line(surroundings, flags);
        setUp.accept(line);
        return line.execute(words.toArray(String[]::new));
    }

    /** All commands. */
    static CommandLine line(Surroundings surroundings, List<String> settingFlags) {
        CommandLine line = new CommandLine(new VarveCommand(surroundings, settingFlags));
        line.setExecutionExceptionHandler((failure, at, parsed) -> {
            at.getErr().println("varve: " + messageOf(failure));
            return FAILED;
        });
        line.getCommandSpec()
                .addOption(OptionSpec.builder("-V", "--version")
                        .type(boolean.class)
                        .versionHelp(true)
                        .description("Show the version and exit.")
                        .build());
        addHelp(line);
        return line;
    }

    /** Every command answers to {@code --help}, before anything is asked of the other words. */
    private static void addHelp(CommandLine line) {
        line.getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help")
                        .type(boolean.class)
                        .usageHelp(true)
                        .description("Show this help and exit.")
                        .build());
        line.getSubcommands().values().forEach(VarveCommand::addHelp);
    }

    /** A flag with a value that is no command's own option. */
    private static boolean isSettingFlag(String arg) {
        return arg.startsWith("--")
                && arg.indexOf('=') > 0
                && !COMMAND_OPTIONS.contains(arg.substring(0, arg.indexOf('=')));
    }

    /** The settings of this command line, the environment and the file. Warnings go to standard error. */
    LoadedSettings settings() throws SettingsException {
        LoadedSettings loaded =
                SettingsReader.read(settingFlags, surroundings.environment(), surroundings.workingDirectory());
        loaded.warnings().forEach(warning -> spec.commandLine().getErr().println("varve: " + warning));
        return loaded;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Without a command: what there is. */
    @Override
    public void run() {
        spec.commandLine().usage(out());
    }

    static String messageOf(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
