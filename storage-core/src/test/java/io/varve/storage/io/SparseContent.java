package io.varve.storage.io;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The bytes of a simulated file: pages that were never written are absent and read as zeros. Not thread-safe. */
final class SparseContent {

    private static final int PAGE = BlockDevice.BLOCK;

    private final Map<Long, byte[]> pages = new HashMap<>();
    private long size;

    SparseContent copy() {
        SparseContent copy = new SparseContent();
        pages.forEach((index, page) -> copy.pages.put(index, page.clone()));
        copy.size = size;
        return copy;
    }

    long size() {
        return size;
    }

    int read(ByteBuffer dst, long position) {
        int length = Math.clamp(size - position, 0, dst.remaining());
        for (int done = 0; done < length; ) {
            long at = position + done;
            int inPage = (int) (at % PAGE);
            int n = Math.min(length - done, PAGE - inPage);
            byte[] page = pages.get(at / PAGE);
            dst.put(page == null ? new byte[PAGE] : page, inPage, n);
            done += n;
        }
        return length;
    }

    void write(byte[] src, int offset, int length, long position) {
        for (int done = 0; done < length; ) {
            long at = position + done;
            int inPage = (int) (at % PAGE);
            int n = Math.min(length - done, PAGE - inPage);
            byte[] page = pages.computeIfAbsent(at / PAGE, ignored -> new byte[PAGE]);
            System.arraycopy(src, offset + done, page, inPage, n);
            done += n;
        }
        growTo(position + length);
    }

    void growTo(long newSize) {
        size = Math.max(size, newSize);
    }

    void truncate(long newSize) {
        if (newSize < size) {
            size = newSize;
            pages.keySet().removeIf(index -> index * PAGE >= newSize);
            byte[] last = pages.get(newSize / PAGE);
            if (last != null) {
                Arrays.fill(last, (int) (newSize % PAGE), PAGE, (byte) 0);
            }
        }
    }
}
