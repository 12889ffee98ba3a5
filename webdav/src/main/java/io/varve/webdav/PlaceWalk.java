package io.varve.webdav;

import io.varve.storage.access.AccessControl.Principal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Optional;

/** The members of a folder of a read-only tree, or all that lies under it: a folder before its members. One thread at a time. */
final class PlaceWalk {
    private final Share share;
    private final Principal principal;
    private final boolean deep;
    private final Deque<Iterator<Place>> open = new ArrayDeque<>();

    PlaceWalk(Share share, Principal principal, Place folder, boolean deep) {
        this.share = share;
        this.principal = principal;
        this.deep = deep;
        open.push(folder.members(share, principal));
    }

    /** The next one, or empty at the end; folders nested too deep are told without what they hold. */
    Optional<Place> next() {
        while (!open.isEmpty()) {
            Iterator<Place> members = open.element();
            if (members.hasNext()) {
                Place place = members.next();
                if (deep && place.folder() && open.size() < FolderWalk.LEVELS_MAX) {
                    open.push(place.members(share, principal));
                }
                return Optional.of(place);
            }
            open.pop();
        }
        return Optional.empty();
    }

    /** Whether there are more than so many; the walk is spent then. */
    boolean isLongerThan(long limit) {
        long left = limit;
        while (next().isPresent()) {
            if (--left < 0) {
                return true;
            }
        }
        return false;
    }
}
