package io.varve.storage.access;

/** A user's password as the record keeps it. */
sealed interface StoredPassword {
    /** What it is good for. */
    PasswordUse use();

    /** The password itself. */
    record Clear(String text) implements StoredPassword {
        @Override
        public PasswordUse use() {
            return PasswordUse.EVERY_DOOR;
        }

        /** Leaves out the password. */
        @Override
        public String toString() {
            return "Clear[]";
        }
    }

    /** What is left of a password for the console alone. */
    record Hashed(PasswordHash hash) implements StoredPassword {
        @Override
        public PasswordUse use() {
            return PasswordUse.CONSOLE;
        }

        /** Leaves out the hash. */
        @Override
        public String toString() {
            return "Hashed[]";
        }
    }
}
