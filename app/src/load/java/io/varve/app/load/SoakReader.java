package io.varve.app.load;

import io.varve.app.load.SoakModel.Change;
import io.varve.app.load.SoakModel.Moment;
import io.varve.app.load.SoakRequest.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Reads one client's files and compares every byte with what its model says. */
final class SoakReader {
    /** Every moment of this time must be shown whole: the server's history is longer by what its rounds may take. */
    static final Duration HISTORY_SURE = Duration.ofSeconds(60);

    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HHmmss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
    private static final Pattern KEY =
            Pattern.compile("<Contents>.*?<Key>([^<]*)</Key>.*?<Size>([0-9]+)</Size>", Pattern.DOTALL);
    private static final Pattern TOKEN = Pattern.compile("<NextContinuationToken>([^<]*)</NextContinuationToken>");
    private static final Pattern HREF = Pattern.compile("<[A-Za-z]+:href>/dav/([^<]*)</");
    private static final int OK = 200;
    private static final int PARTIAL = 206;
    private static final int NOT_FOUND = 404;

    private final SoakClient client;
    private final SoakModel model;

    SoakReader(SoakClient client) {
        this.client = client;
        this.model = client.model();
    }

    // ---- whole files

    /** Reads a name at either door; it must be in a state that it may be in. */
    void read(String name) throws IOException {
        List<Optional<SeededContent>> states = model.states(name);
        requireOne(name, states, fitting(new SoakRequest(client.anyDoor(), "GET", name), states));
    }

    /** The same, with pauses. */
    void readSlowly(String name) throws IOException {
        List<Optional<SeededContent>> states = model.states(name);
        requireOne(name, states, fitting(new SoakRequest(client.anyDoor(), "GET", name).slow(), states));
    }

    /** Reads the beginning of a file and hangs up. */
    void readAndHangUp(String name) throws IOException {
        Optional<SeededContent> file = model.file(name);
        if (file.isPresent() && model.isFree(name)) {
            long bytes = client.random().nextLong(file.get().size() + 1);
            fitting(new SoakRequest(client.anyDoor(), "GET", name).cutAfter(bytes), List.of(file));
        }
    }

    /** Reads some bytes out of a file. */
    void readRange(String name) throws IOException {
        Optional<SeededContent> file = model.file(name);
        if (file.isEmpty() || file.get().size() == 0 || !model.isFree(name)) {
            return;
        }
        long from = client.random().nextLong(file.get().size());
        long to = client.random().nextLong(from, file.get().size());
        ContentMatch match = new ContentMatch(new ContentPart(file.get(), from, to - from + 1));
        SoakRequest request = new SoakRequest(client.anyDoor(), "GET", name).header("Range: bytes=" + from + "-" + to);
        HttpConnection.Answer answer = client.connections().ask(request, match::take);
        if (answer.status() != PARTIAL || !match.differenceAtEnd().isEmpty()) {
            throw new SoakFailure(request + ", bytes " + from + " to " + to + " of " + file.get() + ": status "
                    + answer.status() + ", " + match.differenceAtEnd());
        }
        verified(to - from + 1);
    }

    private void requireOne(String what, List<Optional<SeededContent>> states, Fit fit) {
        if (fit.states().isEmpty()) {
            throw new SoakFailure("WRONG: " + what + " is in none of the states " + states + ": " + fit.seen());
        }
    }

    /**
     * What was found.
     *
     * @param states the numbers of those that fit
     * @param seen in words
     */
    private record Fit(Set<Integer> states, String seen) {}

    private Fit fitting(SoakRequest request, List<Optional<SeededContent>> states) throws IOException {
        List<Optional<ContentMatch>> matches = states.stream()
                .map(state -> state.map(content -> new ContentMatch(ContentPart.all(content))))
                .toList();
        HttpConnection.Answer answer;
        try {
            answer = client.connections().ask(request, part -> {
                if (client.connections().status() == OK) {
                    matches.forEach(match -> match.ifPresent(each -> each.take(part)));
                }
            });
        } catch (IOException e) {
            // Also what came before a connection broke must be right.
            if (matches.stream().anyMatch(Optional::isPresent)
                    && matches.stream()
                            .flatMap(Optional::stream)
                            .noneMatch(match -> match.difference().isEmpty())) {
                throw new SoakFailure("WRONG before the connection broke: " + request + " of " + states, e);
            }
            throw e;
        }
        Set<Integer> fitting = new HashSet<>();
        List<String> seen = new ArrayList<>(List.of("status " + answer.status() + ", " + answer.bytes() + " bytes"));
        for (int i = 0; i < states.size(); i++) {
            Optional<ContentMatch> match = matches.get(i);
            String difference = match.map(ContentMatch::differenceAtEnd).orElse("");
            boolean fits =
                    match.isPresent() ? answer.status() == OK && difference.isEmpty() : answer.status() == NOT_FOUND;
            if (fits) {
                fitting.add(i);
                verified(match.isPresent() ? answer.bytes() : 0);
            }
            seen.add("state " + i + (difference.isEmpty() ? "" : " " + difference));
        }
        if (answer.status() / 100 == 5 && answer.status() != 503) {
            throw new SoakFailure(request + " was answered with status " + answer.status());
        }
        if (answer.status() == 503) {
            client.tally().count("answers 503");
            throw new IOException("The server is too busy.");
        }
        return new Fit(fitting, String.join("; ", seen));
    }

    private void verified(long bytes) {
        client.tally().count("reads compared");
        client.tally().add("bytes compared", bytes);
    }

    // ---- changes that nobody was answered

    /** Looks what became of changes that were asked for before a moment. */
    void judge(Instant before) throws IOException {
        try {
            for (Change change : model.open(before)) {
                Optional<String> wrong = model.judge(change, (name, states) -> {
                    try {
                        return fitting(new SoakRequest(client.anyDoor(), "GET", name), states)
                                .states();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                if (wrong.isPresent()) {
                    throw new SoakFailure("WRONG: " + wrong.get());
                }
                client.tally().count("unanswered changes judged");
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    // ---- the past

    /** Reads a name as it was at a moment that history must still show. */
    void readPast(List<String> names) throws IOException {
        Instant sure = Instant.now().minus(HISTORY_SURE);
        List<Moment> moments = model.moments(sure);
        if (moments.isEmpty()) {
            return;
        }
        Moment moment = moments.get(client.random().nextInt(moments.size()));
        String name = names.get(client.random().nextInt(names.size()));
        List<Optional<SeededContent>> states = List.of(moment.file(name));
        SoakRequest request = new SoakRequest(Place.DAV, "GET", ".at/" + MOMENT.format(moment.at()) + "/" + name);
        requireOne(request.toString(), states, fitting(request, states));
    }

    // ---- listings

    /** Lists all of this client's keys in a bucket, page by page; a name that is in doubt may be there or not. */
    void list(String bucket) throws IOException {
        String prefix = bucket + "/" + client.folder();
        Map<String, Long> listed = new TreeMap<>();
        String common = "&list-type=2&max-keys=" + client.random().nextInt(3, 30) + "&prefix="
                + client.folder().replace("/", "%2F");
        String query = common.substring(1);
        while (!query.isEmpty()) {
            SoakConnections.Reply reply =
                    client.connections().ask(new SoakRequest(Place.S3, "GET", bucket).query(query));
            require(reply, OK);
            KEY.matcher(reply.text()).results().forEach(key -> {
                if (listed.put(bucket + "/" + key.group(1), Long.valueOf(key.group(2))) != null) {
                    throw new SoakFailure("WRONG: listed twice: " + key.group(1));
                }
            });
            query = TOKEN.matcher(reply.text())
                    .results()
                    .findFirst()
                    .map(token -> "continuation-token=" + escaped(token) + common)
                    .orElse("");
        }
        // Folders that were made by name are keys, too.
        listed.keySet().removeIf(name -> name.endsWith("/"));
        compare(prefix, listed);
    }

    private static String escaped(MatchResult token) {
        return URLEncoder.encode(token.group(1), StandardCharsets.UTF_8);
    }

    private void compare(String prefix, Map<String, Long> listed) {
        Map<String, Long> wanted = new TreeMap<>();
        model.below(prefix).forEach((name, content) -> wanted.put(name, content.size()));
        for (String doubtful : model.openNames()) {
            wanted.remove(doubtful);
            listed.remove(doubtful);
        }
        if (!wanted.equals(listed)) {
            throw new SoakFailure("WRONG: listed below " + prefix + ": " + listed + ", expected " + wanted);
        }
        client.tally().count("listings compared");
    }

    /** Lists a folder over WebDAV. */
    void listFolder(String folder) throws IOException {
        SoakConnections.Reply reply =
                client.connections().ask(new SoakRequest(Place.DAV, "PROPFIND", folder).header("Depth: 1"));
        if (reply.status() == NOT_FOUND && model.below(folder).isEmpty()) {
            return;
        }
        if (reply.status() == NOT_FOUND && !model.isFreeBelow(folder)) {
            return;
        }
        require(reply, 207);
        Map<String, Long> listed = new TreeMap<>();
        HREF.matcher(reply.text())
                .results()
                .map(href -> href.group(1))
                .filter(name -> !name.endsWith("/"))
                .forEach(name -> listed.put(
                        name, model.file(name).map(SeededContent::size).orElse(0L)));
        compare(folder, listed);
    }

    /** An answer that must have this status. */
    static void require(SoakConnections.Reply reply, int status) {
        if (reply.status() != status) {
            throw new SoakFailure("answered " + reply.status() + " instead of " + status + ": " + reply.text());
        }
    }
}
