package io.varve.webdav;

/** Which methods an address takes: the value of {@code Allow}. */
final class Allowed {

    private static final String ALWAYS = "OPTIONS, PROPFIND";
    private static final String CHANGES = "DELETE, COPY, MOVE, PROPPATCH, LOCK, UNLOCK, REPORT";

    private static final String FILE = "PUT, PATCH, VERSION-CONTROL, ";

    private Allowed() {}

    /** The methods that make sense on that target now. */
    static String on(Target target) {
        return switch (target) {
            case Target.Root root -> ALWAYS + ", GET, HEAD";
            case Target.Folder folder -> ALWAYS + ", GET, HEAD, " + CHANGES;
            case Target.File file -> ALWAYS + ", GET, HEAD, " + FILE + CHANGES;
            case Target.Virtual virtual -> ALWAYS + ", GET, HEAD, COPY";
            case Target.NoBucket none -> "OPTIONS, MKCOL";
            case Target.Missing missing -> "OPTIONS, PUT, MKCOL, LOCK";
        };
    }

    /** The methods that something takes which is listed. */
    static String on(Node node) {
        if (node.person()) {
            return ALWAYS;
        }
        if (node.past()) {
            return ALWAYS + ", GET, HEAD, COPY" + (node.version().isPresent() ? ", REPORT" : "");
        }
        if (node.entry().isEmpty()) {
            return ALWAYS + ", GET, HEAD";
        }
        return ALWAYS + ", GET, HEAD, " + (node.folder() ? "" : FILE) + CHANGES;
    }

    /**
     * Refuses a method the target does not take.
     *
     * @return the 405 to throw; its {@code Allow} header is set
     */
    static Refused refuse(Exchange exchange, Target target, String why) {
        exchange.response().setHeader("Allow", on(target));
        return new Refused(405, why);
    }
}
