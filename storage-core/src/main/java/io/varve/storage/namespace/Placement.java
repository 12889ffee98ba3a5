package io.varve.storage.namespace;

/**
 * Where something that is copied, moved or restored goes.
 *
 * @param target the path; a directory's ends with a slash
 * @param overwrite whether something there may be replaced
 * @param makesParents whether missing folders above are made, also by a file system's rules
 * @param options the rules, the locks held, and what must hold of what is there
 */
record Placement(EntryPath target, boolean overwrite, boolean makesParents, WriteOptions options) {

    WriteOptions.Tree parentRules() {
        return makesParents ? WriteOptions.Tree.KEYS : options.tree();
    }

    boolean requiresParent() {
        return parentRules() == WriteOptions.Tree.FOLDERS;
    }

    boolean byFolders() {
        return options.tree() == WriteOptions.Tree.FOLDERS;
    }
}
