package io.varve.webdav;

import io.varve.webdav.wire.DavPath;
import io.varve.webdav.wire.PercentCoding;
import java.util.Optional;

/**
 * Where in the servlet a request's address lies. The share is at the servlet's own path. Clients of Nextcloud and ownCloud look for it at
 * {@code /remote.php/dav/files/USER}, and put the parts of uploads beside it; these have their place in the share, too, at {@link
 * #UPLOADS}.
 *
 * @param share the raw path of the share, which begins every href
 * @param uploads the raw path of the uploads in parts, if the address lies there
 * @param below the raw path below either
 */
record Address(String share, Optional<String> uploads, String below) {
    /** The servlet path that Nextcloud's clients use. */
    static final String CLOUD = "/remote.php/dav";

    /** Where uploads in parts lie in the share; no bucket can have this name. */
    static final String UPLOADS = "/.uploads";

    /**
     * Finds the place of an address.
     *
     * @param servlet the raw path of the servlet, without a slash at its end
     * @param raw the request's raw path
     * @param user who asks
     * @throws Refused 400 or 404 if it lies nowhere, 403 if it is another user's
     */
    static Address of(String servlet, String raw, String user) {
        if (!raw.equals(servlet) && !raw.startsWith(servlet + "/")) {
            throw new Refused(400, "The address must begin with '" + servlet + "/'.");
        }
        String below = raw.substring(servlet.length());
        if (!servlet.endsWith(CLOUD)) {
            boolean uploads = below.equals(UPLOADS) || below.startsWith(UPLOADS + "/");
            return uploads
                    ? new Address(servlet, Optional.of(servlet + UPLOADS), below.substring(UPLOADS.length()))
                    : new Address(servlet, Optional.empty(), below);
        }
        for (String kind : new String[] {"/files/", "/uploads/"}) {
            if (below.startsWith(kind)) {
                int slash = below.indexOf('/', kind.length());
                int end = slash < 0 ? below.length() : slash;
                String name = below.substring(kind.length(), end);
                if (!PercentCoding.decode(name).equals(user)) {
                    throw new Refused(403, "What is below '" + kind + name + "' is for the user of that name.");
                }
                return new Address(
                        servlet + "/files/" + name,
                        kind.equals("/files/") ? Optional.empty() : Optional.of(servlet + kind + name),
                        below.substring(end));
            }
        }
        throw new Refused(404, "Below '" + servlet + "' there are 'files/USER' and 'uploads/USER' only.");
    }

    /** The address below the share or the uploads, decoded. */
    DavPath path() {
        return DavPath.parse(below);
    }
}
