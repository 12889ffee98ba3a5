package io.varve.s3.operation;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Numbers for the parts of sealed uploads that no other content has, and that take little room where there are thousands of them: a random
 * beginning for each upload, the part's number, and how often that part was sent before. The uploads that were used last are remembered; one
 * that was forgotten goes on with another beginning. Thread-safe.
 */
final class PartNonces {
    /** Five megabytes of memory. */
    private static final int UPLOADS_MAX = 128;

    private final Map<String, Sent> uploads = new LinkedHashMap<>(UPLOADS_MAX, 0.75f, true);

    /** What was sent of an upload. */
    private static final class Sent {
        final String beginning = ContentKey.newNonce();
        final int[] times = new int[MultipartUploads.PARTS_MAX + 1];
    }

    /** The number for a part that is being sent, 1 to {@link MultipartUploads#PARTS_MAX}. */
    synchronized String next(String upload, int part) {
        Sent sent = uploads.computeIfAbsent(upload, ignored -> new Sent());
        if (uploads.size() > UPLOADS_MAX) {
            uploads.remove(uploads.keySet().iterator().next());
        }
        return new SealingRuns.Numbered(sent.beginning, part, sent.times[part]++).text();
    }
}
