package io.varve.s3.operation;

import io.varve.storage.namespace.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sizes of a multipart object's parts, which outlive the upload so that single parts can still be read.
 *
 * <p>As text: sizes in order, runs of equal ones as {@code size*count}, separated by commas. Uploads have parts of one
 * size and a last one, so this stays short; a list too long to keep is left out.
 *
 * @param bytes the sizes in bytes, in order
 */
record PartSizes(List<Long> bytes) {

    /** The longest list that is kept with an object. */
    static final int TEXT_LENGTH_MAX = 16 * 1024;

    PartSizes {
        bytes = List.copyOf(bytes);
    }

    /** The text to keep, or empty if it would be too long. */
    Optional<String> toText() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.size(); ) {
            int end = i + 1;
            while (end < bytes.size() && bytes.get(end).equals(bytes.get(i))) {
                end++;
            }
            text.append(i == 0 ? "" : ",").append(bytes.get(i));
            if (end - i > 1) {
                text.append('*').append(end - i);
            }
            i = end;
        }
        return text.length() > TEXT_LENGTH_MAX ? Optional.empty() : Optional.of(text.toString());
    }

    /** The sizes of an object's parts; empty if it was not uploaded in parts. */
    static Optional<PartSizes> of(Entry entry) {
        return entry.attributes().get(ObjectMetadata.PARTS).map(PartSizes::parse);
    }

    static PartSizes parse(String text) {
        List<Long> sizes = new ArrayList<>();
        for (String run : text.split(",", -1)) {
            int star = run.indexOf('*');
            long size = Long.parseLong(star < 0 ? run : run.substring(0, star));
            int count = star < 0 ? 1 : Integer.parseInt(run.substring(star + 1));
            for (int i = 0; i < count; i++) {
                sizes.add(size);
            }
        }
        return new PartSizes(sizes);
    }

    /** Where a part begins. */
    long offset(int number) {
        long sum = 0;
        for (int i = 0; i < number - 1; i++) {
            sum += bytes.get(i);
        }
        return sum;
    }
}
