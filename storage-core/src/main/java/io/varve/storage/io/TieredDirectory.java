package io.varve.storage.io;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Several directories, on disks of their own perhaps, as one: a file lies in exactly one of them and is found by its name wherever that
 * is. One of them is this view's home: there files are made, and {@link #sync} and {@link #usableBytes} speak of it alone, so that a
 * disk that fails holds up nobody who does not write to it.
 *
 * <p>Where a file lies is asked of the disks each time and written down nowhere. A file stays where it was made; renaming leaves it in its
 * place, and never makes a second file of a name.
 */
public final class TieredDirectory implements DeviceDirectory {
    private final List<DeviceDirectory> places;
    private final int home;

    private TieredDirectory(List<DeviceDirectory> places, int home) {
        this.places = List.copyOf(places);
        this.home = home;
    }

    /**
     * Joins directories; new files go to the first.
     *
     * @throws CorruptionException if two of them have a file of the same name
     */
    public static TieredDirectory of(List<DeviceDirectory> places) throws IOException {
        Set<String> seen = new HashSet<>();
        for (DeviceDirectory place : places) {
            for (String name : place.list()) {
                if (!seen.add(name)) {
                    throw new CorruptionException("The file " + name + " lies in two tiers, one of them " + place
                            + ". Take the copy away that does not belong there (the older one), and start again.");
                }
            }
        }
        return new TieredDirectory(places, 0);
    }

    /** The same files, but new ones go to another place. */
    public TieredDirectory at(int place) {
        return new TieredDirectory(places, place);
    }

    /**
     * Where a file lies: the index of its directory.
     *
     * @throws NoSuchFileException if it is nowhere
     */
    public int placeOf(String name) throws IOException {
        for (int i = 0; i < places.size(); i++) {
            if (places.get(i).exists(name)) {
                return i;
            }
        }
        throw new NoSuchFileException(name);
    }

    @Override
    public List<String> list() throws IOException {
        List<String> names = new ArrayList<>();
        for (DeviceDirectory place : places) {
            names.addAll(place.list());
        }
        return names.stream().sorted().toList();
    }

    @Override
    public BlockDevice create(String name) throws IOException {
        if (exists(name)) {
            throw new FileAlreadyExistsException(name);
        }
        return places.get(home).create(name);
    }

    @Override
    public BlockDevice open(String name) throws IOException {
        return of(name).open(name);
    }

    @Override
    public boolean exists(String name) throws IOException {
        for (DeviceDirectory place : places) {
            if (place.exists(name)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public long size(String name) throws IOException {
        return of(name).size(name);
    }

    @Override
    public void delete(String name) throws IOException {
        of(name).delete(name);
    }

    @Override
    public void rename(String from, String to) throws IOException {
        boolean taken = exists(to);
        int place = placeOf(from);
        if (taken && placeOf(to) != place) {
            throw new IOException("The file " + from + " cannot become " + to + ", which lies in another tier.");
        }
        places.get(place).rename(from, to);
    }

    @Override
    public void sync() throws IOException {
        places.get(home).sync();
    }

    @Override
    public long usableBytes() throws IOException {
        return places.get(home).usableBytes();
    }

    @Override
    public String toString() {
        return places.get(home).toString();
    }

    private DeviceDirectory of(String name) throws IOException {
        return places.get(placeOf(name));
    }
}
