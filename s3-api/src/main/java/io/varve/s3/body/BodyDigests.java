package io.varve.s3.body;

import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * The MD5 of a body, which becomes its entity tag, and the checksums that were asked for. MD5 is as slow as everything else that is done
 * to content together, so long bodies are hashed {@linkplain #updateBeside beside} the thread that stores them. One thread at a time.
 */
public final class BodyDigests {
    private static final Executor BESIDE = Thread.ofVirtual().name("s3-digest")::start;

    private final List<Lane> lanes = new ArrayList<>();
    private final MessageDigest md5 = ChecksumAlgorithm.digest("MD5");
    private final Map<ChecksumAlgorithm, ChecksumAlgorithm.Running> running = new EnumMap<>(ChecksumAlgorithm.class);

    /** One computation, which takes pieces one after the other. */
    private static final class Lane {
        private final Update update;
        private CompletableFuture<Void> done = CompletableFuture.completedFuture(null);

        Lane(Update update) {
            this.update = update;
        }

        CompletableFuture<Void> beside(byte[] bytes, int offset, int count) {
            done = done.thenRunAsync(() -> update.take(bytes, offset, count), BESIDE);
            return done;
        }
    }

    @FunctionalInterface
    private interface Update {
        void take(byte[] bytes, int offset, int count);
    }

    /** Begins with no bytes. */
    public BodyDigests(Collection<ChecksumAlgorithm> algorithms) {
        lanes.add(new Lane(md5::update));
        for (ChecksumAlgorithm algorithm : algorithms) {
            lanes.add(new Lane(running.computeIfAbsent(algorithm, ChecksumAlgorithm::start)::update));
        }
    }

    /** Computes one more digest, whose value the caller takes when all is {@linkplain #finish finished}. */
    void add(MessageDigest further) {
        lanes.add(new Lane(further::update));
    }

    /** Takes the next bytes. */
    public void update(byte[] bytes, int offset, int count) {
        for (Lane lane : lanes) {
            lane.done.join();
            lane.update.take(bytes, offset, count);
        }
    }

    /**
     * Takes the next bytes on other threads.
     *
     * @return done when the bytes may change again
     */
    CompletableFuture<Void> updateBeside(byte[] bytes, int offset, int count) {
        return CompletableFuture.allOf(
                lanes.stream().map(lane -> lane.beside(bytes, offset, count)).toArray(CompletableFuture[]::new));
    }

    /**
     * Ends with the last byte; waits for those that are taken beside.
     *
     * @param length how many bytes there were
     */
    public ReceivedBody finish(long length) {
        lanes.forEach(lane -> lane.done.join());
        Map<ChecksumAlgorithm, String> checksums = new EnumMap<>(ChecksumAlgorithm.class);
        running.forEach((algorithm, checksum) -> checksums.put(algorithm, checksum.finish()));
        return new ReceivedBody(length, HexFormat.of().formatHex(md5.digest()), checksums);
    }
}
