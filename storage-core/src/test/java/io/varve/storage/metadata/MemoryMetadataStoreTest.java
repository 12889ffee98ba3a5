package io.varve.storage.metadata;

class MemoryMetadataStoreTest extends MetadataStoreContract {
    @Override
    MetadataStore open() {
        return new MemoryMetadataStore();
    }
}
