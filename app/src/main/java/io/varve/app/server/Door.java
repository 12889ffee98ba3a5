package io.varve.app.server;

/** The ways into the server, by the names they have in logs and metrics. */
enum Door {
    /** WebDAV. */
    DAV("dav"),
    /** S3. */
    S3("s3"),
    /** REST, also when the console asks. */
    REST("rest"),
    /** Links to one file. */
    SHARE("share"),
    /** The console's own files, metrics, health. */
    WEB("web");

    private final String text;

    Door(String text) {
        this.text = text;
    }

    /** The name in logs and metrics. */
    String text() {
        return text;
    }

    /** The door of the web server's port that an address leads to. */
    static Door of(String uri) {
        if (uri.startsWith("/dav") || uri.startsWith("/remote.php/")) {
            return DAV;
        }
        if (uri.startsWith("/api/")) {
            return REST;
        }
        return uri.startsWith(ShareDoor.PATH) ? SHARE : WEB;
    }
}
