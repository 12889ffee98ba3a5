package io.varve.app.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code varve help}: what {@code --help} says, of all commands or of one, however deep it lies. */
@Command(name = "help", description = "Show what a command takes, as its --help does.")
final class HelpCommand implements Callable<Integer> {
    @ParentCommand
    private VarveCommand varve;

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "A command and, if it has some, one of its own.")
    private List<String> words = List.of();

    @Override
    public Integer call() {
        CommandLine command = spec.parent().commandLine();
        for (String word : words) {
            CommandLine next = command.getSubcommands().get(word);
            if (next == null) {
                throw new ParameterException(
                        command, "'" + command.getCommandSpec().qualifiedName() + "' has no command '" + word + "'.");
            }
            command = next;
        }
        command.usage(varve.out());
        varve.out().flush();
        return 0;
    }
}
