package io.varve.storage.access;

import java.util.ArrayList;
import java.util.List;

/**
 * What keeps a bucket from being opened to the public by mistake (user guide, "Blocking public access"). A bucket begins with all of
 * it switched on.
 *
 * @param blockAcls lists that grant something to groups are refused
 * @param ignoreAcls grants to groups do not count
 * @param blockPolicy policies that open the bucket to everybody are refused
 * @param restrictBuckets such a policy gives nothing to who has no key
 */
public record PublicAccessBlock(boolean blockAcls, boolean ignoreAcls, boolean blockPolicy, boolean restrictBuckets) {

    public static final PublicAccessBlock NONE = new PublicAccessBlock(false, false, false, false);

    /** The form that is stored: names of what is switched on. */
    public String toText() {
        List<String> names = new ArrayList<>();
        if (blockAcls) {
            names.add("block-acls");
        }
        if (ignoreAcls) {
            names.add("ignore-acls");
        }
        if (blockPolicy) {
            names.add("block-policy");
        }
        if (restrictBuckets) {
            names.add("restrict-buckets");
        }
        return String.join(",", names);
    }

    /** Reads the stored form. */
    public static PublicAccessBlock parse(String text) {
        List<String> names = List.of(text.split(",", -1));
        return new PublicAccessBlock(
                names.contains("block-acls"),
                names.contains("ignore-acls"),
                names.contains("block-policy"),
                names.contains("restrict-buckets"));
    }
}
