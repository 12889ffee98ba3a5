package io.varve.app.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A line of a list of corpora.
 *
 * @param name of the corpus
 * @param kind how it is made
 * @param arguments what the kind needs
 */
record CorpusRecipe(String name, Kind kind, List<String> arguments) {
    /** How versions come about. */
    enum Kind {
        NPM(3),
        MAVEN(2),
        TREE(2),
        LOG(2),
        MEDIA(2),
        DISK(3);

        private final int argumentsMin;

        Kind(int argumentsMin) {
            this.argumentsMin = argumentsMin;
        }
    }

    /** Reads a list: lines of words; empty ones and those that begin with {@code #} say nothing. */
    static List<CorpusRecipe> read(Path list) throws IOException {
        List<CorpusRecipe> recipes = new ArrayList<>();
        for (String line : Files.readAllLines(list)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                recipes.add(parse(line, list));
            }
        }
        return recipes;
    }

    private static CorpusRecipe parse(String line, Path list) throws IOException {
        String[] words = line.trim().split("\\s+", -1);
        try {
            Kind kind = Kind.valueOf(words[1].toUpperCase(Locale.ROOT));
            List<String> arguments = Arrays.asList(words).subList(2, words.length);
            if (arguments.size() >= kind.argumentsMin) {
                return new CorpusRecipe(words[0], kind, List.copyOf(arguments));
            }
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            throw new IOException(list + " has a line without a known kind: " + line, e);
        }
        throw new IOException(list + " has a line that does not say enough: " + line);
    }

    /** The corpus as it lies in a cache, made now if it does not. */
    Corpus corpus(Path cache, BoundedCommands commands) throws IOException {
        String made = name + "-" + Integer.toHexString(mark(arguments, kind));
        Path place = cache.resolve(made).toAbsolutePath();
        if (!Files.isDirectory(place)) {
            Path unfinished = cache.resolve("." + made).toAbsolutePath();
            TestBed.remove(unfinished);
            Files.createDirectories(unfinished.resolve("versions"));
            Files.createDirectories(unfinished.resolve("work"));
            make(unfinished.resolve("versions"), unfinished.resolve("work"), commands);
            Files.move(unfinished.resolve("versions"), place);
            TestBed.remove(unfinished);
        }
        return Corpus.of(name, place);
    }

    /** The same in every run, which an enum's own is not. */
    private static int mark(List<String> arguments, Kind kind) {
        return 31 * arguments.hashCode() + kind.name().hashCode();
    }

    private void make(Path versions, Path work, BoundedCommands commands) throws IOException {
        switch (kind) {
            case NPM ->
                new FetchedVersions(versions, work, commands)
                        .npm(arguments.get(0), arguments.get(1), Integer.parseInt(arguments.get(2)));
            case MAVEN ->
                new FetchedVersions(versions, work, commands)
                        .maven(arguments.getFirst(), arguments.subList(1, arguments.size()));
            case TREE ->
                new EditedVersions(versions, work, commands).tree(arguments.get(0), Integer.parseInt(arguments.get(1)));
            case LOG ->
                new GeneratedVersions(versions).log(Integer.parseInt(arguments.get(0)), bytes(arguments.get(1)));
            case MEDIA ->
                new GeneratedVersions(versions).media(Integer.parseInt(arguments.get(0)), bytes(arguments.get(1)));
            case DISK ->
                new EditedVersions(versions, work, commands)
                        .disk(arguments.get(0), Integer.parseInt(arguments.get(1)), bytes(arguments.get(2)));
        }
    }

    private static int bytes(String size) throws IOException {
        if (!size.matches("\\d{1,3}MiB")) {
            throw new IOException("A size is written like 32MiB, up to 999MiB, not " + size + ".");
        }
        return Integer.parseInt(size.replace("MiB", "")) << 20;
    }
}
