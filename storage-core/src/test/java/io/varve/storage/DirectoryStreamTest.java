package io.varve.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.storage.namespace.DirectoryStream;
import io.varve.storage.namespace.Entry;
import io.varve.storage.namespace.EntryPath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DirectoryStreamTest {
    private static final int FILES = 600;

    /** Whatever is given up in between is read again, and nothing is told twice. */
    @Test
    void tellsEachEntryOnceHoweverOftenItPauses() throws IOException {
        List<String> names = IntStream.range(0, FILES)
                .mapToObj(i -> String.format(Locale.ROOT, "%03d", i))
                .toList();
        try (StoreFixture store = StoreFixture.withBucket()) {
            for (String name : names) {
                store.put(new EntryPath("bucket", name), new byte[0]);
            }
            for (int every : new int[] {1, 15, 16, 17, 300, FILES, FILES + 1}) {
                List<String> told = new ArrayList<>();
                try (DirectoryStream entries = store.namespace().children(EntryPath.root("bucket"))) {
                    while (entries.hasNext()) {
                        Entry entry = entries.next();
                        told.add(entry.path().name());
                        if (told.size() % every == 0) {
                            entries.pause();
                        }
                    }
                    entries.pause();
                    assertThat(entries.hasNext()).as("the end stays the end").isFalse();
                }
                assertThat(told).as("pausing after %s", every).isEqualTo(names);
            }
        }
    }
}
