package io.varve.storage;

import io.varve.storage.EngineSettings.RootUser;
import io.varve.storage.io.CorruptionException;
import io.varve.storage.io.PrivateFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The root user: the configured one, or one made at the first start and kept in a file that only the server's user can read.
 *
 * @param name the user's name, also its S3 access key
 * @param password the user's password, also its S3 secret key
 * @param generated the two, if this start made them
 */
record RootCredentials(String name, String password, Optional<RootUser> generated) {
    private static final String FILE = "root";
    private static final String DEFAULT_NAME = "root";
    private static final int PASSWORD_BYTES = 16;

    static RootCredentials open(Path keys, Optional<RootUser> configured) throws IOException {
        if (configured.isPresent()) {
            return new RootCredentials(configured.get().name(), configured.get().password(), Optional.empty());
        }
        Path file = keys.resolve(FILE);
        if (!Files.exists(file)) {
            byte[] random = new byte[PASSWORD_BYTES];
            new SecureRandom().nextBytes(random);
            RootUser made = new RootUser(DEFAULT_NAME, HexFormat.of().formatHex(random));
            PrivateFile.create(file, (made.name() + "\n" + made.password() + "\n").getBytes(StandardCharsets.UTF_8));
            return new RootCredentials(made.name(), made.password(), Optional.of(made));
        }
        List<String> lines = Files.readAllLines(file);
        if (lines.size() < 2 || lines.get(0).isBlank() || lines.get(1).isBlank()) {
            throw new CorruptionException("The file " + file
                    + " should hold the root user's name and password on two lines. Set VARVE_ROOT_USER and"
                    + " VARVE_ROOT_PASSWORD, or delete it to have new ones made.");
        }
        return new RootCredentials(lines.get(0), lines.get(1), Optional.empty());
    }

    @Override
    public String toString() {
        return "RootCredentials[" + name + "]";
    }
}
