package io.varve.storage.cache;

import java.util.Arrays;
import java.util.LinkedHashMap;

/** Caches that keep nothing but keys, object by object, as the papers have them. */
final class SimulatedPeers {
    private SimulatedPeers() {}

    /** Says whether it has what is asked for, and then has it. */
    interface Simulated {
        boolean access(int key, int length);
    }

    /** Least recently used. */
    static final class Lru implements Simulated {
        private final LinkedHashMap<Integer, Integer> entries = new LinkedHashMap<>(16, 0.75f, true);
        private final long bytesMax;
        private long bytes;

        Lru(long bytesMax) {
            this.bytesMax = bytesMax;
        }

        @Override
        public boolean access(int key, int length) {
            if (entries.get(key) != null) {
                return true;
            }
            entries.put(key, length);
            bytes += length;
            var oldest = entries.entrySet().iterator();
            while (bytes > bytesMax && oldest.hasNext()) {
                bytes -= oldest.next().getValue();
                oldest.remove();
            }
            return false;
        }
    }

    /** S3-FIFO: small queue of a tenth, up to three uses, a ghost queue as long as the main one. */
    static final class S3FifoOfObjects implements Simulated {
        private static final int USES_MAX = 3;
        private static final byte ABSENT = -1;
        private static final byte GHOST = -2;

        private final Fifo small = new Fifo();
        private final Fifo main = new Fifo();
        private final Fifo ghosts = new Fifo();
        private final byte[] uses;
        private final int[] lengths;
        private final long bytesMax;

        S3FifoOfObjects(long bytesMax, int keys) {
            this.bytesMax = bytesMax;
            this.uses = new byte[keys];
            this.lengths = new int[keys];
            Arrays.fill(uses, ABSENT);
        }

        @Override
        public boolean access(int key, int length) {
            if (uses[key] >= 0) {
                uses[key] = (byte) Math.min(USES_MAX, uses[key] + 1);
                return true;
            }
            lengths[key] = length;
            while (small.bytes + main.bytes + length > bytesMax && small.count + main.count > 0) {
                evict();
            }
            boolean ghost = uses[key] == GHOST;
            uses[key] = 0;
            (ghost ? main : small).add(key, length);
            return false;
        }

        private void evict() {
            if (small.bytes > bytesMax / 10 || main.count == 0) {
                int key = small.remove(lengths);
                if (uses[key] > 1) {
                    uses[key] = 0;
                    main.add(key, lengths[key]);
                } else {
                    forget(key);
                }
                return;
            }
            int key = main.remove(lengths);
            if (uses[key] > 0) {
                uses[key]--;
                main.add(key, lengths[key]);
            } else {
                uses[key] = ABSENT;
            }
        }

        /** A key that was a ghost and is cached again stays in the queue of ghosts: it is no longer marked as one. */
        private void forget(int key) {
            uses[key] = GHOST;
            ghosts.add(key, lengths[key]);
            while (ghosts.bytes > bytesMax * 9 / 10) {
                int oldest = ghosts.remove(lengths);
                uses[oldest] = uses[oldest] == GHOST ? ABSENT : uses[oldest];
            }
        }
    }

    /** A queue of keys. */
    private static final class Fifo {
        private int[] keys = new int[1024];
        private int first;
        private int count;
        private long bytes;

        void add(int key, int length) {
            if (count == keys.length) {
                int[] more = new int[2 * count];
                for (int i = 0; i < count; i++) {
                    more[i] = keys[(first + i) % count];
                }
                keys = more;
                first = 0;
            }
            keys[(first + count++) % keys.length] = key;
            bytes += length;
        }

        int remove(int[] lengths) {
            int key = keys[first];
            first = (first + 1) % keys.length;
            count--;
            bytes -= lengths[key];
            return key;
        }
    }
}
