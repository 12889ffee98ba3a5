package io.varve.storage.metadata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * RocksDB's native part, loaded once in a process. RocksDB copies it out of its jar into a file of 17 MB that only an orderly end of the
 * process removes. A library that is loaded does not need its name any more, so the file goes at once, and nothing is left by a process that is
 * killed. Where a file in use cannot be removed it stays until the end.
 */
final class RocksLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(RocksLibrary.class);

    private static boolean loaded;

    private RocksLibrary() {}

    /**
     * Loads the library, unless that was done before.
     *
     * @throws IOException if there is no room for a temporary file
     */
    static synchronized void load() throws IOException {
        if (!loaded) {
            Path directory = Files.createTempDirectory("varve-native-");
            // What is asked for first is done last, when RocksDB has removed the file.
            directory.toFile().deleteOnExit();
            NativeLibraryLoader.getInstance().loadLibrary(directory.toString());
            RocksDB.loadLibrary();
            remove(directory);
            loaded = true;
        }
    }

    private static void remove(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> copies = files.toList();
            for (Path copy : copies) {
                Files.delete(copy);
            }
            Files.delete(directory);
        } catch (IOException e) {
            LOG.debug("RocksDB's library stays in {} until the end.", directory, e);
        }
    }
}
