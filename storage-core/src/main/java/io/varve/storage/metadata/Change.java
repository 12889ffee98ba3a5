package io.varve.storage.metadata;

/** What happens to one key. Immutable, so that batches, stagings and their open cursors can share it. */
sealed interface Change {
    /** The key gets a value. */
    final class Put implements Change {
        final byte[] value;

        Put(byte[] value) {
            this.value = value;
        }
    }

    /** The key goes. */
    final class Delete implements Change {
        static final Delete INSTANCE = new Delete();

        private Delete() {}
    }

    /** The key's counter, 0 if it is not there, grows by {@code delta}. */
    final class Add implements Change {
        final long delta;

        Add(long delta) {
            this.delta = delta;
        }
    }
}
