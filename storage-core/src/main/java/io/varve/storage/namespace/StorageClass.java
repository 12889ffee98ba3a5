package io.varve.storage.namespace;

import io.varve.storage.segment.Tier;
import java.util.Optional;

/**
 * The storage class of an object: a name that is kept with it, and, when a lifecycle rule gives it, the tier that its bytes are put into.
 * After that they go by their use, as all bytes do. The constants stand in the order in which objects may change over (user guide,
 * "Transitioning objects using Amazon S3 Lifecycle"); classes whose objects have to be restored before they are read do not exist.
 */
public enum StorageClass {
    STANDARD(Tier.HOT),
    REDUCED_REDUNDANCY(Tier.HOT),
    STANDARD_IA(Tier.WARM),
    INTELLIGENT_TIERING(Tier.HOT),
    ONEZONE_IA(Tier.WARM),
    GLACIER_IR(Tier.COLD);

    /** Where an entry's attributes have it, unless it is {@link #STANDARD}. */
    private static final String ATTRIBUTE = "s:class";

    private final Tier tier;

    StorageClass(Tier tier) {
        this.tier = tier;
    }

    /** The class of a name; empty if there is none. */
    public static Optional<StorageClass> ofName(String name) {
        for (StorageClass one : values()) {
            if (one.name().equals(name)) {
                return Optional.of(one);
            }
        }
        return Optional.empty();
    }

    /** The class of an object or an upload. */
    public static StorageClass of(Attributes attributes) {
        return attributes.get(ATTRIBUTE).flatMap(StorageClass::ofName).orElse(STANDARD);
    }

    /** Attributes with this class. */
    public Attributes in(Attributes attributes) {
        return this == STANDARD ? attributes.without(ATTRIBUTE) : attributes.with(ATTRIBUTE, name());
    }

    /** Where objects go that change over to it; {@link Tier#HOT} if their bytes stay where they are. */
    public Tier tier() {
        return tier;
    }

    /** Whether rules can give it to an object. */
    public boolean isForRules() {
        return compareTo(REDUCED_REDUNDANCY) > 0;
    }

    /** Whether an object of this class may change over to another. */
    boolean leadsTo(StorageClass other) {
        return other.isForRules() && other.compareTo(this) > 0;
    }
}
