package io.varve.app.load;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Releases of public packages, fetched by the programs that people fetch them with, from where those are set up to.
 *
 * @param versions gets them
 * @param work an empty directory
 */
record FetchedVersions(Path versions, Path work, BoundedCommands commands) {
    /** Releases of an npm package up to one, oldest first, no previews: each as the tar that its tarball compresses. */
    void npm(String name, String newest, int count) throws IOException {
        commands.run(work, Map.of(), List.of("npm", "view", name, "versions", "--json", "--loglevel=silent"));
        List<String> releases = new ArrayList<>();
        for (JsonNode version : JsonMapper.builder().build().readTree(commands.printed())) {
            if (!version.asString().contains("-")) {
                releases.add(version.asString());
            }
        }
        int end = releases.indexOf(newest) + 1;
        if (end < count) {
            throw new IOException(name + " has no " + count + " releases up to " + newest + ".");
        }
        List<String> chosen = releases.subList(end - count, end);
        List<String> command = new ArrayList<>(List.of("npm", "pack", "--loglevel=error"));
        chosen.forEach(version -> command.add(name + "@" + version));
        commands.run(work, Map.of(), command);
        String file = name.replace("@", "").replace("/", "-");
        for (int i = 0; i < count; i++) {
            String version = chosen.get(i);
            try (InputStream tar =
                    new GZIPInputStream(Files.newInputStream(work.resolve(file + "-" + version + ".tgz")))) {
                Files.copy(tar, versions.resolve(ordered(i, version + ".tar")));
            }
        }
    }

    /** Jars, in the order given. */
    void maven(String artifact, List<String> chosen) throws IOException {
        String[] names = artifact.split(":", -1);
        Path local =
                Path.of(System.getProperty("user.home"), ".m2", "repository", names[0].replace('.', '/'), names[1]);
        for (int i = 0; i < chosen.size(); i++) {
            String version = chosen.get(i);
            Path jar = local.resolve(version).resolve(names[1] + "-" + version + ".jar");
            if (!Files.exists(jar)) {
                String get = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get";
                commands.run(
                        work,
                        Map.of(),
                        List.of(
                                "mvn",
                                "-q",
                                "-B",
                                get,
                                "-Dartifact=" + artifact + ":" + version,
                                "-Dtransitive=false"));
            }
            Files.copy(jar, versions.resolve(ordered(i, version + ".jar")));
        }
    }

    /** A name that sorts by its number. */
    static String ordered(int number, String name) {
        return String.format(Locale.ROOT, "%03d-%s", number, name);
    }
}
