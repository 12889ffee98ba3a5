package io.varve.storage.io;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads from several devices that are performed together: in one call of the system where their engine can do that ({@link RingDevice}),
 * else one device after the other. For one thread.
 */
public final class ReadBatch {
    private final Map<RingDevice, List<ReadRequest>> inRings = new HashMap<>();
    private final Map<BlockDevice, List<ReadRequest>> byDevice = new HashMap<>();

    /**
     * Adds reads from one device.
     *
     * @param requests under the conditions of {@link BlockDevice#readMany}
     */
    public void add(BlockDevice device, List<ReadRequest> requests) {
        BlockDevice reading = device;
        while (reading instanceof DeviceView view) {
            reading = view.reads();
        }
        if (reading instanceof RingDevice ring) {
            requests.forEach(request -> AlignedBuffers.requireReadable(request.dst(), request.position()));
            inRings.computeIfAbsent(ring, ignored -> new ArrayList<>()).addAll(requests);
        } else {
            byDevice.computeIfAbsent(reading, ignored -> new ArrayList<>()).addAll(requests);
        }
    }

    /** Performs all reads and returns when they have ended. Errors appear at {@link ReadRequest#bytesRead()}, each at its own. */
    public void perform() {
        Map<RingPool, List<RingDevice>> byPool = new HashMap<>();
        for (RingDevice device : inRings.keySet()) {
            byPool.computeIfAbsent(device.rings(), ignored -> new ArrayList<>()).add(device);
        }
        byPool.forEach(this::perform);
        byDevice.forEach(BlockDevice::readMany);
    }

    private void perform(RingPool rings, List<RingDevice> devices) {
        List<ReadRequest> first = inRings.getOrDefault(devices.getFirst(), List.of());
        if (devices.size() == 1 && first.size() == 1) {
            first.getFirst().perform(devices.getFirst());
            return;
        }
        List<ReadRequest> requests = new ArrayList<>();
        List<Transfer> transfers = new ArrayList<>();
        List<OpenFile> acquired = new ArrayList<>(devices.size());
        try {
            for (RingDevice device : devices) {
                List<ReadRequest> reads = inRings.getOrDefault(device, List.of());
                try {
                    int fd = device.file().acquire();
                    acquired.add(device.file());
                    for (ReadRequest request : reads) {
                        requests.add(request);
                        transfers.add(Transfer.read(fd, request.dst(), request.position()));
                    }
                } catch (IOException e) {
                    reads.forEach(request -> request.fail(e));
                }
            }
            perform(rings, requests, transfers);
        } finally {
            acquired.forEach(ReadBatch::release);
        }
    }

    private static void perform(RingPool rings, List<ReadRequest> requests, List<Transfer> transfers) {
        try {
            rings.perform(transfers);
            for (int i = 0; i < requests.size(); i++) {
                requests.get(i).take(transfers.get(i));
            }
        } catch (IOException e) {
            requests.forEach(request -> request.fail(e));
        }
    }

    /** The bytes are there; that the file would not close harms no reader. */
    private static void release(OpenFile file) {
        try {
            file.release();
        } catch (IOException ignored) {
            // The system has given the descriptor back all the same.
        }
    }
}
