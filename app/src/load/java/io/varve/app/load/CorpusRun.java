package io.varve.app.load;

import io.varve.app.load.CorporaResult.Background;
import io.varve.app.load.CorporaResult.InStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Stores all versions of a corpus in one store, then has the last and the first one back.
 *
 * @param commands that measure
 * @param scratch a directory, used up
 */
record CorpusRun(BoundedCommands commands, Path scratch) {
    /** A peer over an empty directory. */
    InStore peer(VersionStore store, Corpus corpus) throws IOException {
        Path data = store.open(own(store));
        StoredBytes empty = StoredBytes.of(data, commands);
        Cost ingest = ingest(store, corpus);
        StoredBytes stored = StoredBytes.of(data, commands);
        int last = corpus.versions().size() - 1;
        Cost restoreLast = restore(store, corpus, last);
        Cost restoreFirst = restore(store, corpus, 0);
        TestBed.remove(scratch.resolve(store.name()));
        return new InStore(store.name(), empty, stored, ingest, restoreLast, restoreFirst, null);
    }

    /** Varve over an empty directory; it is restarted before anything is read back. */
    InStore varve(VarveStore store, Corpus corpus) throws IOException {
        store.openCold(own(store));
        Cost cold = ingest(store, corpus);
        store.close();
        Path data = store.open(own(store));
        StoredBytes empty = StoredBytes.of(data, commands);
        Cost ingest = ingest(store, corpus);
        StoredBytes before = StoredBytes.of(data, commands);
        Cost settled = store.settle();
        StoredBytes stored = StoredBytes.of(data, commands);
        SegmentUse use = SegmentUse.of(data);
        store.restart();
        int last = corpus.versions().size() - 1;
        Cost restoreLast = restore(store, corpus, last);
        Cost restoreFirst = restore(store, corpus, 0);
        Background background = new Background(store.apart(), cold, before, settled, use);
        store.close();
        TestBed.remove(scratch.resolve(store.name()));
        return new InStore(store.name(), empty, stored, ingest, restoreLast, restoreFirst, background);
    }

    private Path own(VersionStore store) throws IOException {
        Path own = scratch.resolve(store.name());
        TestBed.remove(own);
        return Files.createDirectory(own);
    }

    private static Cost ingest(VersionStore store, Corpus corpus) throws IOException {
        Cost sum = Cost.NONE;
        for (int i = 0; i < corpus.versions().size(); i++) {
            sum = sum.plus(store.put(i, corpus.versions().get(i)));
        }
        return sum;
    }

    private Cost restore(VersionStore store, Corpus corpus, int number) throws IOException {
        Path target = scratch.resolve("restored");
        TestBed.remove(target);
        Files.createDirectory(target);
        Path version = corpus.versions().get(number);
        Cost cost = store.restore(number, version, target);
        SameContent.check(version, target);
        TestBed.remove(target);
        return cost;
    }
}
