package io.varve.storage.namespace;

import io.varve.storage.metadata.Cursor;
import io.varve.storage.metadata.Family;
import io.varve.storage.metadata.MetadataView;
import java.io.IOException;

/** The history rows of roots that are no bucket's any more: of deleted buckets, and of trees that a restored one replaced. */
final class FormerBuckets {
    private static final byte FIRST = '/';

    private FormerBuckets() {}

    /** All of them, by bucket, newer ones first. */
    static Cursor scan(MetadataView view) throws IOException {
        return view.scanPrefix(Family.PAST, NameKeys.now(NameKeys.NOWHERE, new byte[] {FIRST}));
    }

    /** The bucket's name in a key of those rows. */
    static String nameOf(byte[] pastKey) {
        String stored = NameKeys.pastNameOf(pastKey);
        return stored.substring(1, stored.length() - 1);
    }

    /** Whether a PAST key is one of them. */
    static boolean isOne(byte[] pastKey) {
        return NameKeys.directoryOf(pastKey) == NameKeys.NOWHERE && pastKey[Long.BYTES] == FIRST;
    }
}
