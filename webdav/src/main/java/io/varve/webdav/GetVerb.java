package io.varve.webdav;

import io.varve.storage.access.AccessControl.Action;
import io.varve.storage.namespace.Entry;
import io.varve.webdav.frame.Verb;
import io.varve.webdav.wire.EntityTagList;
import io.varve.webdav.wire.HttpDate;
import io.varve.webdav.wire.RangeHeader;
import io.varve.webdav.wire.RangeHeader.Range;
import io.varve.webdav.wire.RangeHeader.Selection;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Set;

/** GET and HEAD: a file's bytes or ranges of them, or a page that lists a folder. */
final class GetVerb implements Verb<Exchange, Target> {

    private final Share share;
    private final FolderPage folderPage;

    GetVerb(Share share) {
        this.share = share;
        this.folderPage = new FolderPage(share);
    }

    @Override
    public Set<String> methods() {
        return Set.of("GET", "HEAD");
    }

    @Override
    public void handle(Exchange exchange, Target target) throws IOException {
        switch (target) {
            case Target.Missing missing -> throw notFound(missing);
            case Target.NoBucket none -> throw notFound(none);
            case Target.Root root -> folderPage.answer(exchange, target);
            case Target.Folder folder -> {
                share.require(exchange.principal(), Action.LIST, folder.at().path());
                new Conditions(exchange, share, target).requireIf();
                folderPage.answer(exchange, target);
            }
            case Target.File file -> {
                share.require(exchange.principal(), Action.READ, file.at().path());
                Entry entry = file.at();
                conditional(
                        exchange,
                        target,
                        new FileBytes(
                                exchange,
                                entry,
                                (offset, length) -> share.namespace().read(entry, offset, length)));
            }
            case Target.Virtual virtual -> past(exchange, virtual);
        }
    }

    private void past(Exchange exchange, Target.Virtual target) throws IOException {
        Place place = target.at();
        if (place instanceof Place.Nothing nothing) {
            throw new Refused(404, nothing.why());
        }
        share.requirePast(exchange.principal(), place);
        Optional<Entry> entry = place.entry();
        if (place.folder() || entry.isEmpty()) {
            folderPage.answer(exchange, place);
        } else {
            conditional(
                    exchange,
                    target,
                    new FileBytes(exchange, entry.get(), (offset, length) -> place.read(share, offset, length)));
        }
    }

    private void conditional(Exchange exchange, Target target, FileBytes bytes) throws IOException {
        switch (new Conditions(exchange, share, target).verdict()) {
            case PROCEED -> file(exchange, bytes);
            case NOT_MODIFIED -> {
                validators(exchange.response(), bytes.entry());
                exchange.response().setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            }
            case FAILED -> throw new Refused(412, "'" + bytes.entry().path() + "' is not as the request demands.");
        }
    }

    static Refused notFound(Target missing) {
        return new Refused(
                404, "Nothing is at '" + String.join("/", missing.path().segments()) + "'.");
    }

    private static void file(Exchange exchange, FileBytes bytes) throws IOException {
        Entry entry = bytes.entry();
        HttpServletResponse response = exchange.response();
        validators(response, entry);
        response.setHeader("Accept-Ranges", "bytes");
        guard(response);
        KnownDigests.tell(exchange, bytes);
        boolean body = !exchange.method().equals("HEAD");
        switch (body ? selection(exchange, entry) : new Selection.Whole()) {
            case Selection.Whole whole -> {
                response.setContentType(ContentTypes.of(entry, exchange.request()));
                response.setContentLengthLong(entry.size());
                if (body) {
                    bytes.send(0, entry.size());
                }
            }
            case Selection.Unsatisfiable outside -> {
                response.setHeader("Content-Range", "bytes */" + entry.size());
                throw new Refused(416, "'" + entry.path() + "' has " + entry.size() + " bytes only.");
            }
            case Selection.Parts parts -> {
                if (parts.ranges().size() == 1) {
                    range(exchange, bytes, parts.ranges().getFirst());
                } else {
                    new MultipartRanges(exchange, entry, parts.ranges()).send(bytes);
                }
            }
        }
    }

    private static void range(Exchange exchange, FileBytes bytes, Range range) throws IOException {
        Entry entry = bytes.entry();
        HttpServletResponse response = exchange.response();
        response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
        response.setContentType(ContentTypes.of(entry, exchange.request()));
        response.setHeader("Content-Range", contentRange(range, entry));
        response.setContentLengthLong(range.length());
        bytes.send(range.first(), range.length());
    }

    static String contentRange(Range range, Entry entry) {
        return "bytes " + range.first() + "-" + range.last() + "/" + entry.size();
    }

    private static Selection selection(Exchange exchange, Entry entry) {
        Optional<String> range = exchange.header("Range");
        return range.isPresent() && ifRangeHolds(exchange.header("If-Range"), entry)
                ? RangeHeader.select(range.get(), entry.size())
                : new Selection.Whole();
    }

    /** RFC 9110 section 13.1.5: a strong tag that is equal, or exactly the date that was told. */
    private static boolean ifRangeHolds(Optional<String> ifRange, Entry entry) {
        if (ifRange.isEmpty()) {
            return true;
        }
        Optional<EntityTagList.Tag> tag = EntityTagList.Tag.parse(ifRange.get());
        if (tag.isPresent()) {
            return !tag.get().weak() && tag.get().value().equals(entry.etag().value());
        }
        Instant modified = entry.modified().truncatedTo(ChronoUnit.SECONDS);
        return HttpDate.parse(ifRange.get()).map(modified::equals).orElse(false);
    }

    static void validators(HttpServletResponse response, Entry entry) {
        response.setHeader("ETag", entry.etag().quoted());
        response.setHeader("Last-Modified", HttpDate.format(entry.modified()));
        response.setHeader("Cache-Control", "no-cache");
    }

    /**
     * Files come from users and share their origin with the console: a browser must neither guess a type
     * nor run what is in them.
     */
    private static void guard(HttpServletResponse response) {
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("Content-Security-Policy", "sandbox");
    }
}
