package io.varve.storage.cache;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** Reads public traces of caches in the formats they come in. */
final class Traces {
    private static final int BUFFER = 1 << 20;

    private Traces() {}

    /** How a trace is written down. */
    enum Format {
        /** A number a line; what is none is passed over (the traces of the LIRS papers). */
        LIRS,
        /** First block, how many blocks, and two more numbers a line (the traces of the ARC papers). */
        ARC,
        /** An operation and a hexadecimal address a line. */
        ADDRESS,
        /** Time, number and bytes a line (webcachesim, AdaptSize). */
        WEBCACHESIM,
        /** A line is a key. */
        NAMES,
        /** Four bytes a key, little endian (CloudPhysics in Caffeine's simulator). */
        INT_LE,
        /** Four bytes a key, big endian (cache2k). */
        INT_BE,
        /** Eight bytes a key, big endian (Corda, Scarab). */
        LONG_BE,
        /** libCacheSim's oracleGeneral: time u32, number u64, bytes u32, next access i64, little endian. */
        ORACLE,
        /** Time, key, bytes (libCacheSim's csv). */
        CSV,
        /** Timestamp, host, disk, type, offset, bytes, response time (MSR Cambridge). */
        MSR,
        /** Time, key, key's bytes, value's bytes, client, operation, time to live (Twitter). */
        TWITTER,
        /** Meta's CacheLib: columns by the names in the first line, of which key, size and op_count are read. */
        CACHELIB;

        static Format of(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
        }
    }

    /** Reads a whole trace; a file that ends in {@code .gz} is decompressed, {@code -} is the standard input. */
    static Trace read(Format format, String file) throws IOException {
        try (InputStream raw = file.equals("-") ? System.in : Files.newInputStream(Path.of(file));
                InputStream in = file.endsWith(".gz") ? new GZIPInputStream(raw, BUFFER) : raw) {
            return read(format, in);
        }
    }

    /** Reads a whole trace. */
    static Trace read(Format format, InputStream in) throws IOException {
        return switch (format) {
            case INT_LE, INT_BE, LONG_BE, ORACLE -> binary(format, in);
            case CACHELIB -> cacheLib(lines(in));
            case LIRS, ARC, ADDRESS, WEBCACHESIM, NAMES, CSV, MSR, TWITTER -> text(format, lines(in));
        };
    }

    private static BufferedReader lines(InputStream in) {
        return new BufferedReader(new InputStreamReader(in, StandardCharsets.ISO_8859_1), BUFFER);
    }

    private static Trace binary(Format format, InputStream raw) throws IOException {
        Trace.Builder trace = new Trace.Builder();
        DataInputStream in = new DataInputStream(new BufferedInputStream(raw, BUFFER));
        try {
            while (true) {
                switch (format) {
                    case INT_LE -> trace.add(Integer.reverseBytes(in.readInt()), 1);
                    case INT_BE -> trace.add(in.readInt(), 1);
                    case LONG_BE -> trace.add(in.readLong(), 1);
                    default -> {
                        in.readInt();
                        long id = Long.reverseBytes(in.readLong());
                        trace.add(id, Integer.reverseBytes(in.readInt()));
                        in.readLong();
                    }
                }
            }
        } catch (EOFException e) {
            return trace.build();
        }
    }

    private static Trace text(Format format, BufferedReader lines) throws IOException {
        Trace.Builder trace = new Trace.Builder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.strip().split(format.compareTo(Format.CSV) >= 0 ? "," : "\\s+", -1);
            switch (format) {
                case LIRS -> addNumber(trace, words[0]);
                case ARC -> addRun(trace, words);
                case ADDRESS -> trace.add(Long.parseLong(words[1].replaceFirst("^0x", ""), 16), 1);
                case WEBCACHESIM -> trace.add(Long.parseLong(words[1]), bytes(words[2]));
                case NAMES -> trace.add(id(line), 1);
                case CSV -> addSized(trace, words);
                case MSR -> trace.add(id(words[1] + " " + words[2] + " " + words[4]), bytes(words[5]));
                default -> trace.add(id(words[1]), bytes(words[2]) + bytes(words[3]));
            }
        }
        return trace.build();
    }

    private static void addNumber(Trace.Builder trace, String word) {
        if (word.matches("[0-9]+")) {
            trace.add(Long.parseLong(word), 1);
        }
    }

    private static void addRun(Trace.Builder trace, String... words) {
        long first = Long.parseLong(words[0]);
        int count = Integer.parseInt(words[1]);
        for (int i = 0; i < count; i++) {
            trace.add(first + i, 1);
        }
    }

    /** The first line may name the columns. */
    private static void addSized(Trace.Builder trace, String... words) {
        if (words[2].strip().matches("[0-9]+")) {
            trace.add(id(words[1]), bytes(words[2]));
        }
    }

    private static Trace cacheLib(BufferedReader lines) throws IOException {
        String header = lines.readLine();
        List<String> names = header == null ? List.of() : Arrays.asList(header.split(",", -1));
        int key = names.indexOf("key");
        int size = names.indexOf("size");
        int count = names.indexOf("op_count");
        if (key < 0 || size < 0) {
            throw new IOException("The first line of a CacheLib trace names the columns key and size, not " + names);
        }
        Trace.Builder trace = new Trace.Builder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(",", -1);
            int times = count < 0 ? 1 : Integer.parseInt(words[count].strip());
            for (int i = 0; i < times; i++) {
                trace.add(id(words[key]), bytes(words[size]));
            }
        }
        return trace.build();
    }

    private static int bytes(String word) {
        String digits = word.strip();
        return digits.matches("[0-9]{1,9}") ? Math.max(1, Integer.parseInt(digits)) : 1;
    }

    private static long id(String word) {
        return EntryHeader.hash(word.strip().getBytes(StandardCharsets.UTF_8));
    }
}
