package io.varve.app.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * {@code varve.yml} as a flat list of keys and texts with their line numbers. Only YAML's structure is
 * used, not its types: {@code 0600} stays four digits, {@code no} stays a word.
 */
final class SettingsFile {

    /** Deeper than any key; a file that nests further is not one of ours, or refers to itself. */
    private static final int DEPTH_MAX = 8;

    /**
     * One value.
     *
     * @param line its line, from 1
     */
    record Line(String key, String text, int line) {}

    private SettingsFile() {}

    /**
     * Reads the file; what cannot be understood is added to the problems.
     */
    static List<Line> read(Path file, List<String> problems) {
        List<Line> lines = new ArrayList<>();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            LoaderOptions options = new LoaderOptions();
            options.setMaxAliasesForCollections(0);
            Node root = new Yaml(options).compose(reader);
            if (root != null) {
                flatten("", root, 0, file, lines, problems);
            }
        } catch (NoSuchFileException e) {
            problems.add(file + ": there is no such file; make it, or leave VARVE_CONFIG and --config away.");
        } catch (MarkedYAMLException e) {
            String place = e.getProblemMark() == null
                    ? ""
                    : " line " + (e.getProblemMark().getLine() + 1);
            problems.add(file + place + ": is not YAML: " + e.getProblem() + ".");
        } catch (YAMLException | IOException e) {
            problems.add(file + ": cannot be read: " + e.getMessage());
        }
        return lines;
    }

    private static void flatten(
            String prefix, Node node, int depth, Path file, List<Line> lines, List<String> problems) {
        int line = node.getStartMark().getLine() + 1;
        if (node instanceof MappingNode mapping && depth < DEPTH_MAX) {
            for (NodeTuple tuple : mapping.getValue()) {
                String name = scalar(tuple.getKeyNode());
                if (name == null) {
                    problems.add(file + " line " + line + ": a key must be plain text.");
                } else {
                    String key = prefix.isEmpty() ? name : prefix + "." + name;
                    flatten(key, tuple.getValueNode(), depth + 1, file, lines, problems);
                }
            }
            return;
        }
        String text = scalar(node);
        if (text != null && !prefix.isEmpty()) {
            lines.add(new Line(prefix, text, line));
        } else {
            String wrong = prefix.isEmpty()
                    ? "the file must hold keys such as varve.port."
                    : prefix + " needs a single value.";
            problems.add(file + " line " + line + ": " + wrong);
        }
    }

    /** The text of a scalar, empty for YAML's null; null when the node is no scalar. */
    private static @Nullable String scalar(Node node) {
        if (!(node instanceof ScalarNode leaf)) {
            return null;
        }
        return leaf.getTag().equals(Tag.NULL) ? "" : leaf.getValue();
    }
}
