package io.varve.storage.maintenance;

import io.varve.storage.chunkstore.ChunkAudit;
import io.varve.storage.chunkstore.RecountCorrections;
import io.varve.storage.commit.Recovery;
import io.varve.storage.metadata.MetadataStore;
import io.varve.storage.metadata.MetadataView;
import io.varve.storage.namespace.ContentRoots;
import io.varve.storage.namespace.DamagedFiles;
import io.varve.storage.namespace.DueCheck;
import io.varve.storage.namespace.UsageCheck;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks a store that nobody serves: recounts every reference from the names up, reads every chunk and compares. Findings are
 * values; only what keeps the check from going on is an exception. Counts are gathered in a scratch store, so memory does not grow
 * with what is checked.
 */
public final class StoreCheck {
    /** More findings of files, and of chunks, than anybody reads; the rest is counted. */
    private static final int FINDINGS_MAX = 1000;

    private final MetadataView metadata;
    private final MetadataStore scratch;
    private final ChunkAudit audit;
    private final List<String> findings = new ArrayList<>();
    private long findingsTotal;

    /**
     * What was found.
     *
     * @param findings what is wrong, named; empty if nothing is
     * @param findingsTotal how many there were in all
     * @param versions current and earlier versions, and parts of uploads
     * @param chunks chunks, manifest pages among them
     * @param bytesRead stored bytes that were read and verified
     * @param correctable how many findings are wrong counts and indexes that can be put right
     */
    public record Report(
            List<String> findings, long findingsTotal, long versions, long chunks, long bytesRead, long correctable) {
        public Report {
            findings = List.copyOf(findings);
        }

        /** Whether nothing is wrong. */
        public boolean isClean() {
            return findingsTotal == 0;
        }
    }

    /**
     * Prepares a check.
     *
     * @param scratch an empty store that is thrown away afterwards
     */
    public StoreCheck(MetadataView metadata, MetadataStore scratch, ChunkAudit audit) {
        this.metadata = metadata;
        this.scratch = scratch;
        this.audit = audit;
    }

    /**
     * What a recount found.
     *
     * @param findings what is wrong, named
     * @param corrections what puts it right, as far as that can be
     */
    public record Recount(List<String> findings, RecountCorrections corrections) {
        public Recount {
            findings = List.copyOf(findings);
        }
    }

    /** Recounts references alone: what can be done on a snapshot of a store that is served. */
    public Recount recount() throws IOException {
        countReferences();
        return new Recount(findings, audit.corrections());
    }

    /** Runs the check. */
    public Report run() throws IOException {
        long versions = countReferences();
        ChunkAudit.Read read = audit.readAll(metadata, scratch, this::found);
        nameFiles();
        return new Report(
                findings,
                findingsTotal,
                versions,
                read.chunks(),
                read.bytes(),
                audit.corrections().size());
    }

    private long countReferences() throws IOException {
        long versions = 0;
        try (ContentRoots roots = new ContentRoots(metadata)) {
            while (roots.next()) {
                audit.refer(scratch, roots.content());
                versions++;
            }
        }
        audit.referFromChunksAndLeases(metadata, scratch, this::found);
        audit.compare(metadata, scratch, this::found);
        audit.compareIndexes(metadata, scratch, this::found);
        UsageCheck usage = new UsageCheck(metadata, scratch);
        usage.count();
        usage.compare(audit.corrections(), this::found);
        new DueCheck(metadata, Recovery.appliedSequence(metadata), this::found).run();
        return versions;
    }

    /** What people need to know comes first, and however many chunks are damaged, there is room for it. */
    private void nameFiles() throws IOException {
        if (audit.foundDamage()) {
            List<String> chunks = List.copyOf(findings);
            findings.clear();
            new DamagedFiles(metadata, audit, this::found).find();
            findings.addAll(chunks);
        }
    }

    private void found(String finding) {
        findingsTotal++;
        if (findings.size() < FINDINGS_MAX) {
            findings.add(finding);
        }
    }
}
