package io.varve.storage.segment;

import io.varve.storage.io.DeviceDirectory;
import io.varve.storage.io.TieredDirectory;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The directories of a store's tiers. A segment's tier is the directory that has its file, and nothing else says so; since ids are given
 * out once for all tiers, a segment's file may be put into any of them while nobody serves.
 */
public final class SegmentPlaces {
    private final List<Tier> tiers;
    private final Map<Tier, DeviceDirectory> directories;
    private final @Nullable TieredDirectory files;

    private SegmentPlaces(List<Tier> tiers, Map<Tier, DeviceDirectory> directories, @Nullable TieredDirectory files) {
        this.tiers = List.copyOf(tiers);
        this.directories = directories;
        this.files = files;
    }

    /** One directory, the hot tier. */
    public static SegmentPlaces of(DeviceDirectory directory) {
        return new SegmentPlaces(List.of(Tier.HOT), Map.of(Tier.HOT, directory), null);
    }

    /**
     * Several tiers.
     *
     * @param files the tiers' directories joined, in the order of {@code tiers}
     * @param tiers the hot one first
     * @param mirrored makes of a view of the files one that keeps second copies, or gives it back as it is
     */
    public static SegmentPlaces of(TieredDirectory files, List<Tier> tiers, UnaryOperator<DeviceDirectory> mirrored) {
        Map<Tier, DeviceDirectory> directories = new EnumMap<>(Tier.class);
        for (int i = 0; i < tiers.size(); i++) {
            directories.put(tiers.get(i), mirrored.apply(files.at(i)));
        }
        return new SegmentPlaces(tiers, directories, files);
    }

    /** The tiers there are, the hot one first. */
    public List<Tier> tiers() {
        return tiers;
    }

    /** All files; new ones go to a tier's own directory. */
    DeviceDirectory directory(Tier tier) {
        return Objects.requireNonNull(directories.get(tier), "There is no such tier.");
    }

    /** All files. */
    DeviceDirectory directory() {
        return directory(Tier.HOT);
    }

    /** Where a file lies. */
    Tier tierOf(String name) throws IOException {
        return files == null ? Tier.HOT : tiers.get(files.placeOf(name));
    }
}
