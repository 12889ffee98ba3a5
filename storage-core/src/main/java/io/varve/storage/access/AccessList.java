package io.varve.storage.access;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An access control list (user guide, "Access control list overview"): rights granted to users and to two groups. Immutable.
 *
 * @param grants in the order they were given
 */
public record AccessList(List<Grant> grants) {

    /** The most grants of one list. */
    public static final int GRANTS_MAX = 100;

    /** What can be granted. */
    public enum Permission {
        READ,
        WRITE,
        READ_ACP,
        WRITE_ACP,
        FULL_CONTROL
    }

    /** Whom it can be granted to. */
    public sealed interface Grantee {
        /** One user, by name. */
        record User(String name) implements Grantee {}

        /** Everybody, also without a signature. */
        record AllUsers() implements Grantee {}

        /** Everybody with a key. */
        record AuthenticatedUsers() implements Grantee {}
    }

    /** One right of one grantee. */
    public record Grant(Grantee grantee, Permission permission) {}

    private static final Grantee ALL = new Grantee.AllUsers();
    private static final Grantee AUTHENTICATED = new Grantee.AuthenticatedUsers();

    public AccessList {
        grants = List.copyOf(grants);
    }

    /**
     * The list that a canned name stands for; empty if there is none of that name. Grants to groups come first, as tools that take the
     * last grant for the owner's expect.
     *
     * @param owner of the bucket or object that the list is for
     * @param bucketOwner of its bucket
     */
    public static Optional<AccessList> canned(String name, String owner, String bucketOwner) {
        Grant full = new Grant(new Grantee.User(owner), Permission.FULL_CONTROL);
        List<Grant> grants = switch (name) {
            case "private" -> List.of(full);
            case "bucket-owner-read" ->
                withBucketOwner(full, new Grant(new Grantee.User(bucketOwner), Permission.READ));
            case "bucket-owner-full-control" ->
                withBucketOwner(full, new Grant(new Grantee.User(bucketOwner), Permission.FULL_CONTROL));
            case "public-read" -> List.of(new Grant(ALL, Permission.READ), full);
            case "public-read-write" ->
                List.of(new Grant(ALL, Permission.READ), new Grant(ALL, Permission.WRITE), full);
            case "authenticated-read" -> List.of(new Grant(AUTHENTICATED, Permission.READ), full);
            default -> List.of();
        };
        return grants.isEmpty() ? Optional.empty() : Optional.of(new AccessList(grants));
    }

    private static List<Grant> withBucketOwner(Grant own, Grant other) {
        return own.grantee().equals(other.grantee()) ? List.of(own) : List.of(own, other);
    }

    /** Everything to the owner, nothing to others. */
    public static AccessList ofOwner(String owner) {
        return new AccessList(List.of(new Grant(new Grantee.User(owner), Permission.FULL_CONTROL)));
    }

    /** Whether something is granted to a group. */
    public boolean isPublic() {
        return grants.stream().anyMatch(grant -> !(grant.grantee() instanceof Grantee.User));
    }

    /**
     * Whether a permission is granted.
     *
     * @param user who asks; empty for nobody known
     * @param groups whether grants to groups count
     */
    boolean allows(String user, Permission wanted, boolean groups) {
        for (Grant grant : grants) {
            boolean included = grant.permission() == wanted || grant.permission() == Permission.FULL_CONTROL;
            boolean meant = switch (grant.grantee()) {
                case Grantee.User one -> !user.isEmpty() && one.name().equals(user);
                case Grantee.AllUsers ignored -> groups;
                case Grantee.AuthenticatedUsers ignored -> groups && !user.isEmpty();
            };
            if (included && meant) {
                return true;
            }
        }
        return false;
    }

    /** The form that is stored: lines of permission and grantee. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        for (Grant grant : grants) {
            String grantee = switch (grant.grantee()) {
                case Grantee.User user -> "@" + user.name();
                case Grantee.AllUsers ignored -> "*";
                case Grantee.AuthenticatedUsers ignored -> "+";
            };
            text.append(grant.permission().name()).append(' ').append(grantee).append('\n');
        }
        return text.toString();
    }

    /**
     * Reads the stored form.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static AccessList parse(String text) {
        List<Grant> grants = new ArrayList<>();
        for (String line : text.lines().toList()) {
            int space = line.indexOf(' ');
            if (space < 0) {
                throw new IllegalArgumentException("not a grant: " + line);
            }
            String grantee = line.substring(space + 1);
            Grantee who = switch (grantee) {
                case "*" -> ALL;
                case "+" -> AUTHENTICATED;
                default -> new Grantee.User(grantee.substring(1));
            };
            grants.add(new Grant(who, Permission.valueOf(line.substring(0, space))));
        }
        return new AccessList(grants);
    }
}
