package io.varve.storage.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The actions that a bucket's policy can speak of (service authorization reference, "Actions, resources, and condition keys for Amazon
 * S3"): those that this server asks about, and those that exist at Amazon only, which tools write, too.
 */
final class PolicyActions {
    private static final Set<String> OF_BUCKETS_ELSEWHERE = Set.of(
            "s3:getaccelerateconfiguration",
            "s3:putaccelerateconfiguration",
            "s3:getanalyticsconfiguration",
            "s3:putanalyticsconfiguration",
            "s3:getbucketlogging",
            "s3:putbucketlogging",
            "s3:getbucketmetadatatableconfiguration",
            "s3:createbucketmetadatatableconfiguration",
            "s3:deletebucketmetadatatableconfiguration",
            "s3:updatebucketmetadatainventorytableconfiguration",
            "s3:updatebucketmetadatajournaltableconfiguration",
            "s3:getbucketrequestpayment",
            "s3:putbucketrequestpayment",
            "s3:getbucketabac",
            "s3:putbucketabac",
            "s3:getintelligenttieringconfiguration",
            "s3:putintelligenttieringconfiguration",
            "s3:getinventoryconfiguration",
            "s3:putinventoryconfiguration",
            "s3:getmetricsconfiguration",
            "s3:putmetricsconfiguration",
            "s3:getreplicationconfiguration",
            "s3:putreplicationconfiguration");

    private static final Set<String> OF_OBJECTS_ELSEWHERE = Set.of(
            "s3:getobjectattributes",
            "s3:getobjectversionattributes",
            "s3:getobjecttorrent",
            "s3:getobjectversiontorrent",
            "s3:getobjectversionforreplication",
            "s3:initiatereplication",
            "s3:objectowneroverridetobucketowner",
            "s3:replicatedelete",
            "s3:replicateobject",
            "s3:replicatetags",
            "s3:restoreobject",
            "s3:updateobjectencryption");

    private static final List<String> OF_BUCKETS = all(false, OF_BUCKETS_ELSEWHERE);
    private static final List<String> OF_OBJECTS = all(true, OF_OBJECTS_ELSEWHERE);

    private PolicyActions() {}

    private static List<String> all(boolean ofObjects, Set<String> elsewhere) {
        List<String> names = new ArrayList<>(elsewhere);
        for (AccessControl.Action action : AccessControl.Action.values()) {
            if (action.isOfObject() == ofObjects) {
                names.add(action.policyName());
            }
        }
        return List.copyOf(names);
    }

    /** Whether a pattern, in lower case, means an action on buckets. */
    static boolean ofBuckets(String pattern) {
        return OF_BUCKETS.stream().anyMatch(action -> Wildcards.matches(pattern, action));
    }

    /** Whether a pattern, in lower case, means an action on objects. */
    static boolean ofObjects(String pattern) {
        return OF_OBJECTS.stream().anyMatch(action -> Wildcards.matches(pattern, action));
    }
}
