package io.varve.app.load;

import io.varve.app.load.Result.Measured;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.json.JsonMapper;

/** Results of earlier runs, newest first, from the JSON files of a directory. */
final class ResultFiles {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** One line for each scenario, round and sample. */
    private static final PrettyPrinter LINES = new DefaultPrettyPrinter()
            .withObjectIndenter(DefaultPrettyPrinter.FixedSpaceIndenter.instance())
            .withArrayIndenter(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);

    private final List<Result> newestFirst;

    private ResultFiles(List<Result> newestFirst) {
        this.newestFirst = newestFirst;
    }

    /** A scenario's outcome in an earlier run. */
    record Earlier(Result run, Measured measured) {}

    /** Reads all of a directory; none if there is no such directory. */
    static ResultFiles read(Path directory) throws IOException {
        List<Result> results = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".json")).toList()) {
                    results.add(JSON.readValue(file, Result.class));
                }
            }
        }
        results.sort(Comparator.comparing(Result::started).reversed());
        return new ResultFiles(results);
    }

    /** The newest run that measured a scenario on both servers. */
    Optional<Earlier> newestWith(String scenario) {
        return newestFirst.stream()
                .flatMap(run -> run.scenarios().stream()
                        .filter(measured -> measured.name().equals(scenario) && measured.ratio() != null)
                        .map(measured -> new Earlier(run, measured)))
                .findFirst();
    }

    /** Writes a result into a directory under its date and name. */
    static Path write(Path directory, Result result) throws IOException {
        return write(directory, result.started(), result.name(), result);
    }

    /**
     * Writes what a run found into a directory.
     *
     * @param started when, in UTC
     * @param name short
     */
    static Path write(Path directory, String started, String name, Object result) throws IOException {
        Files.createDirectories(directory);
        String time = started.substring(0, 16).replace("T", "-").replace(":", "");
        Path file = directory.resolve(time + "-" + name + ".json");
        Files.writeString(file, JSON.writer().with(LINES).writeValueAsString(result) + "\n");
        return file;
    }
}
