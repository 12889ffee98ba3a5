package io.varve.webdav;

import io.varve.webdav.wire.PropertyName;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Properties whose values the server computes. Those of RFC 4918 section 15 stand in {@code allprop}. */
enum LiveProperty {
    CREATION_DATE(PropertyName.dav("creationdate")),
    DISPLAY_NAME(PropertyName.dav("displayname")),
    CONTENT_LENGTH(PropertyName.dav("getcontentlength")),
    CONTENT_TYPE(PropertyName.dav("getcontenttype")),
    ENTITY_TAG(PropertyName.dav("getetag")),
    LAST_MODIFIED(PropertyName.dav("getlastmodified")),
    LOCK_DISCOVERY(PropertyName.dav("lockdiscovery")),
    RESOURCE_TYPE(PropertyName.dav("resourcetype")),
    SUPPORTED_LOCK(PropertyName.dav("supportedlock")),
    /** RFC 4331; not in {@code allprop}, by its section 3. */
    QUOTA_AVAILABLE(PropertyName.dav("quota-available-bytes")),
    /** RFC 4331; not in {@code allprop}, by its section 4. */
    QUOTA_USED(PropertyName.dav("quota-used-bytes")),
    /** The same time as {@link #LAST_MODIFIED}, in the place where Windows sets and looks for it. */
    WINDOWS_MODIFIED(new PropertyName("urn:schemas-microsoft-com:", "Win32LastModifiedTime")),
    /** ownCloud's: what the file hashes to, as far as it is known. */
    CHECKSUMS(new PropertyName("http://owncloud.org/ns", "checksums")),
    /** RFC 3253 section 4.2.1: of a file, where its current version is. */
    CHECKED_IN(PropertyName.dav("checked-in")),
    /** RFC 3253 section 3.2.2: every change makes a version by itself. */
    AUTO_VERSION(PropertyName.dav("auto-version")),
    /** RFC 3253 section 3.3.3: the time a version came. */
    VERSION_NAME(PropertyName.dav("version-name")),
    /** RFC 3253 section 3.3.1. */
    PREDECESSOR_SET(PropertyName.dav("predecessor-set")),
    /** RFC 3253 section 3.3.2. */
    SUCCESSOR_SET(PropertyName.dav("successor-set")),
    /** RFC 3253 section 3.1.3. */
    SUPPORTED_METHOD_SET(PropertyName.dav("supported-method-set")),
    /** RFC 3253 section 3.1.4. */
    SUPPORTED_LIVE_PROPERTY_SET(PropertyName.dav("supported-live-property-set")),
    /** RFC 3253 section 3.1.5. */
    SUPPORTED_REPORT_SET(PropertyName.dav("supported-report-set")),
    /** RFC 6578 section 4. */
    SYNC_TOKEN(PropertyName.dav("sync-token")),
    /** RFC 3744 section 5.4. */
    PRIVILEGES(PropertyName.dav("current-user-privilege-set")),
    /** RFC 5397. */
    CURRENT_USER(PropertyName.dav("current-user-principal"));

    /** Those that RFC 4918 defines. */
    static final Set<LiveProperty> STANDARD = EnumSet.range(CREATION_DATE, SUPPORTED_LOCK);

    private static final Map<PropertyName, LiveProperty> BY_NAME = new HashMap<>();

    static {
        for (LiveProperty property : values()) {
            BY_NAME.put(property.propertyName(), property);
        }
    }

    private final String namespace;
    private final String local;

    LiveProperty(PropertyName name) {
        this.namespace = name.namespace();
        this.local = name.local();
    }

    static Optional<LiveProperty> named(PropertyName name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    PropertyName propertyName() {
        return new PropertyName(namespace, local);
    }

    /** Whether a client's value, stored like a dead property, comes before the computed one. */
    boolean isOverridable() {
        return this == DISPLAY_NAME;
    }

    /** Whether PROPPATCH of it changes the entry's modification time. */
    boolean isModificationTime() {
        return this == LAST_MODIFIED || this == WINDOWS_MODIFIED;
    }

    /** Whether the node has it. */
    boolean isDefinedOn(Node node) {
        return switch (this) {
            case DISPLAY_NAME, RESOURCE_TYPE, LOCK_DISCOVERY, SUPPORTED_LOCK -> true;
            case SUPPORTED_METHOD_SET, SUPPORTED_LIVE_PROPERTY_SET, SUPPORTED_REPORT_SET, CURRENT_USER, PRIVILEGES ->
                true;
            case CHECKED_IN, AUTO_VERSION -> !node.past() && !node.folder();
            case VERSION_NAME, PREDECESSOR_SET, SUCCESSOR_SET -> node.version().isPresent();
            case SYNC_TOKEN -> !node.past() && node.folder() && node.entry().isPresent();
            case CREATION_DATE, LAST_MODIFIED, WINDOWS_MODIFIED -> node.entry().isPresent();
            case CONTENT_LENGTH, CONTENT_TYPE, ENTITY_TAG ->
                !node.folder() && node.entry().isPresent();
            case CHECKSUMS ->
                !node.folder() && node.entry().map(KnownDigests::areThere).orElse(false);
            case QUOTA_AVAILABLE, QUOTA_USED -> node.folder() && !node.past();
        };
    }
}
