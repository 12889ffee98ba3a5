package io.varve.storage;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.DurableFile;
import io.varve.storage.io.FileDeviceDirectory;
import io.varve.storage.io.IoEngine;
import io.varve.storage.io.TieredDirectory;
import io.varve.storage.segment.SegmentPlaces;
import io.varve.storage.segment.Tier;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories of a store's tiers: found, checked and held.
 *
 * <p>A disk that is not mounted must not pass for an empty tier, or chunks would look lost and the end of the journal torn. So each side
 * knows of the other before anything lies there: a tier's directory has a marker with the store's id, and the data directory a list
 * of its tiers. Where the two and the settings differ, the store does not open and says what to do.
 */
final class TierDirectories implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(TierDirectories.class);

    /** In a tier's directory: which tier of which store it is. */
    static final String MARKER = "TIER";

    /** In the data directory: the store's tiers beside the hot one, and where they were last. */
    static final String LIST = "TIERS";

    private static final String SEGMENTS = "segments";
    private static final List<Tier> SLOWER = List.of(Tier.WARM, Tier.COLD);

    private final Path hotPath;
    private final Map<Tier, FileDeviceDirectory> devices = new EnumMap<>(Tier.class);
    private final List<Tier> tiers = new ArrayList<>(List.of(Tier.HOT));
    private final List<Path> paths = new ArrayList<>();
    private final List<FileChannel> locks = new ArrayList<>();
    private final TieredDirectory files;

    private TierDirectories(DataDirectory data, EngineSettings.Tiers settings, Optional<IoEngine.Kind> io)
            throws IOException {
        this.hotPath = data.subdirectory(SEGMENTS);
        FileDeviceDirectory hot = FileDeviceDirectory.open(hotPath, io);
        devices.put(Tier.HOT, hot);
        paths.add(hotPath);
        Map<String, String> known = read(data.path().resolve(LIST));
        for (Tier tier : SLOWER) {
            Optional<Path> directory = settings.directory(tier);
            if (directory.isPresent()) {
                require(data, tier, directory.get(), known.containsKey(tier.text()));
            } else {
                requireUnknown(data, tier, known);
            }
        }
        requireDifferent(settings);
        try {
            List<DeviceDirectory> directories = new ArrayList<>(List.of(hot));
            for (Tier tier : SLOWER) {
                Optional<Path> directory = settings.directory(tier);
                if (directory.isPresent()) {
                    locks.add(DataDirectory.lock(directory.get()));
                    FileDeviceDirectory own =
                            FileDeviceDirectory.open(directory.get().resolve(SEGMENTS), io);
                    directories.add(own);
                    devices.put(tier, own);
                    mark(data, tier, directory.get(), known);
                    tiers.add(tier);
                    paths.add(directory.get().resolve(SEGMENTS));
                    LOG.info("The {} tier lies in {}.", tier.text(), directory.get());
                }
            }
            this.files = TieredDirectory.of(directories);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * Opens the directories, making a tier of an empty one that is configured for the first time.
     *
     * @param io the way of disk access to try first
     * @throws DataDirectoryHeldException if another process holds one
     * @throws IOException if one is not what the store knows it as; nothing was changed then
     */
    static TierDirectories open(DataDirectory data, EngineSettings.Tiers settings, Optional<IoEngine.Kind> io)
            throws IOException {
        return new TierDirectories(data, settings, io);
    }

    /** The hot tier alone. */
    FileDeviceDirectory hot() {
        return Objects.requireNonNull(devices.get(Tier.HOT));
    }

    /** Each tier's directory by itself. */
    Map<Tier, FileDeviceDirectory> devices() {
        return devices;
    }

    /** The segments of all tiers. */
    DeviceDirectory files() {
        return files;
    }

    /** What the segment store needs to know. */
    SegmentPlaces places(UnaryOperator<DeviceDirectory> mirrored) {
        return SegmentPlaces.of(files, tiers, mirrored);
    }

    /** Where a segment's file lies, or would lie in the hot tier. */
    Path pathOf(String name) {
        return paths.stream()
                .map(path -> path.resolve(name))
                .filter(Files::exists)
                .findFirst()
                .orElse(hotPath.resolve(name));
    }

    @Override
    public void close() throws IOException {
        for (FileChannel lock : locks) {
            lock.close();
        }
    }

    private static void requireUnknown(DataDirectory data, Tier tier, Map<String, String> known) throws IOException {
        String earlier = known.get(tier.text());
        if (earlier != null) {
            throw new IOException("This store has a " + tier.text() + " tier, which lay in " + earlier + ", but "
                    + setting(tier)
                    + " names no directory. Set it to that directory. To give the tier up instead, move all"
                    + " its .seg files into " + data.path().resolve(SEGMENTS) + " and take the line '" + tier.text()
                    + "=…' out of " + data.path().resolve(LIST) + ".");
        }
    }

    private static void require(DataDirectory data, Tier tier, Path directory, boolean expected) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new IOException(setting(tier) + ": there is no directory " + directory + ". "
                    + (expected ? wayBack(data, tier) : "Make it, empty, on the disk that is to be the tier."));
        }
        Path marker = directory.resolve(MARKER);
        if (Files.exists(marker) && (Files.isDirectory(directory.resolve(SEGMENTS)) || !expected)) {
            requireOurs(data, tier, directory, read(marker), expected);
        } else if (expected) {
            throw new IOException(setting(tier) + ": " + directory + " is not this store's " + tier.text()
                    + " tier, because it has no " + MARKER + " and " + SEGMENTS + ". " + wayBack(data, tier));
        } else {
            requireEmpty(tier, directory);
        }
    }

    private static void requireDifferent(EngineSettings.Tiers settings) throws IOException {
        if (settings.warm().isPresent()
                && settings.cold().isPresent()
                && Files.isSameFile(settings.warm().get(), settings.cold().get())) {
            throw new IOException(setting(Tier.COLD) + ": " + settings.cold().get()
                    + " is the warm tier's directory already; each tier needs one of its own.");
        }
    }

    /** The marker comes before the list, and both before anything else. */
    private static void mark(DataDirectory data, Tier tier, Path directory, Map<String, String> known)
            throws IOException {
        Path marker = directory.resolve(MARKER);
        if (!Files.exists(marker)) {
            DurableFile.replace(marker, "tier=" + tier.text() + "\nstore=" + data.storeId() + "\n");
        }
        String place = directory.toAbsolutePath().toString();
        if (!place.equals(known.put(tier.text(), place))) {
            StringBuilder text = new StringBuilder();
            known.forEach(
                    (name, path) -> text.append(name).append('=').append(path).append('\n'));
            DurableFile.replace(data.path().resolve(LIST), text.toString());
        }
    }

    private static String wayBack(DataDirectory data, Tier tier) {
        return "Mount its disk, or name the directory that it has now. If it is lost, the mirror or a backup has its"
                + " segments: copy those that are missing into " + data.path().resolve(SEGMENTS) + ", take the line '"
                + tier.text()
                + "=…' out of " + data.path().resolve(LIST) + ", unset " + setting(tier) + ", start and scrub.";
    }

    private static void requireOurs(
            DataDirectory data, Tier tier, Path directory, Map<String, String> marker, boolean expected)
            throws IOException {
        String store = marker.getOrDefault("store", "");
        String name = marker.getOrDefault("tier", "");
        if (!store.equals(data.storeId().toString()) || !name.equals(tier.text())) {
            throw new IOException(setting(tier) + ": " + directory + " is the " + name + " tier of "
                    + (store.equals(data.storeId().toString()) ? "this" : "another") + " store (" + store
                    + "). Name an empty directory, or the right one.");
        }
        if (!expected && !isEmpty(directory.resolve(SEGMENTS))) {
            throw new IOException(setting(tier) + ": " + directory + " holds segments of this store, but " + data.path()
                    + " does not know of them: it may be a restored copy, which has all segments itself. Name an empty"
                    + " directory. If only the file " + data.path().resolve(LIST) + " was lost, write the line '"
                    + tier.text() + "=" + directory + "' into it.");
        }
    }

    /** What a file system, or an interrupted start, puts there by itself does not count. */
    private static void requireEmpty(Tier tier, Path directory) throws IOException {
        List<String> unfinished = List.of("LOCK", MARKER + ".tmp", "lost+found", SEGMENTS);
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.anyMatch(entry -> !unfinished.contains(String.valueOf(entry.getFileName())))
                    || !isEmpty(directory.resolve(SEGMENTS))) {
                throw new IOException(setting(tier) + ": " + directory
                        + " is not empty and no tier of this store. Name an empty directory.");
            }
        }
    }

    /** Whether there is nothing in a directory, or no such directory. */
    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return true;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }

    private static String setting(Tier tier) {
        return "varve.tiers." + tier.text() + ".dir";
    }

    private static Map<String, String> read(Path file) throws IOException {
        Map<String, String> fields = new TreeMap<>();
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file)) {
                int equals = line.indexOf('=');
                if (equals > 0) {
                    fields.put(line.substring(0, equals), line.substring(equals + 1));
                }
            }
        }
        return fields;
    }
}
