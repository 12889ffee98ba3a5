package io.varve.app.load;

import io.varve.app.load.SoakConnections.Reply;
import io.varve.app.load.SoakRequest.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client's keys in a bucket with versioning: each has a stack of versions and delete markers, of which any can be read and deleted. One thread.
 */
final class SoakVersions {
    static final String BUCKET = "versioned";

    private static final int KEYS = 3;
    private static final int VERSIONS_MAX = 6;
    private static final String ID = "x-amz-version-id";
    private static final Pattern LISTED = Pattern.compile(
            "<(Version|DeleteMarker)>.*?<VersionId>([^<]*)</VersionId>.*?</(?:Version|DeleteMarker)>", Pattern.DOTALL);

    private final SoakClient client;
    private final SoakFiles files;
    private final List<Key> keys = new ArrayList<>();

    /** A version; without content it is a delete marker. */
    private record Version(String id, Optional<SeededContent> content) {}

    /** A key's versions, the newest first, and what was asked for and not answered. */
    private static final class Key {
        private final String name;
        private final List<Version> versions = new ArrayList<>();

        /** One that may have come on top, without an id that anybody knows. */
        private @Nullable Version coming;

        /** One that may have gone. */
        private @Nullable Version going;

        Key(String name) {
            this.name = name;
        }

        boolean isSettled() {
            return coming == null && going == null;
        }
    }

    SoakVersions(SoakClient client, SoakFiles files) {
        this.client = client;
        this.files = files;
        for (int i = 0; i < KEYS; i++) {
            keys.add(new Key(BUCKET + "/" + client.folder() + "v" + i));
        }
    }

    /** Does anything with any key that nothing is open of. */
    void step() throws IOException {
        Key key = keys.get(client.random().nextInt(keys.size()));
        if (!key.isSettled()) {
            return;
        }
        int count = key.versions.size();
        int kind = client.random().nextInt(10);
        if (count >= VERSIONS_MAX || (kind == 0 && count > 0)) {
            remove(key, key.versions.get(client.random().nextInt(count)));
        } else if (kind < 4 || count == 0) {
            add(key, Optional.of(files.contentFor(key.name)));
        } else if (kind == 4) {
            add(key, Optional.empty());
        } else if (kind == 5) {
            list(key);
        } else {
            read(key, key.versions.get(client.random().nextInt(count)));
        }
    }

    private void add(Key key, Optional<SeededContent> content) throws IOException {
        SoakRequest request = new SoakRequest(Place.S3, content.isPresent() ? "PUT" : "DELETE", key.name);
        content.ifPresent(request::body);
        Version coming = new Version("", content);
        Reply reply;
        try {
            reply = client.connections().ask(request);
        } catch (IOException e) {
            key.coming = client.connections().sentAll() ? coming : null;
            throw e;
        }
        if (!reply.isSuccess()) {
            key.coming = coming;
            throw unexpected(reply, request);
        }
        key.versions.addFirst(new Version(reply.answer().header(ID), content));
    }

    private void remove(Key key, Version version) throws IOException {
        SoakRequest request = new SoakRequest(Place.S3, "DELETE", key.name).query("versionId=" + version.id());
        Reply reply;
        try {
            reply = client.connections().ask(request);
        } catch (IOException e) {
            key.going = client.connections().sentAll() ? version : null;
            throw e;
        }
        if (!reply.isSuccess()) {
            key.going = version;
            throw unexpected(reply, request);
        }
        key.versions.remove(version);
    }

    private IOException unexpected(Reply reply, SoakRequest request) {
        if (reply.status() == 503) {
            client.tally().count("answers 503");
            return new IOException("The server is too busy.");
        }
        throw new SoakFailure(request + " was answered with status " + reply.status() + ": " + reply.text());
    }

    private void read(Key key, Version version) throws IOException {
        SoakRequest request = new SoakRequest(Place.S3, "GET", key.name).query("versionId=" + version.id());
        Optional<SeededContent> content = version.content();
        ContentMatch match = content.map(each -> new ContentMatch(ContentPart.all(each)))
                .orElse(new ContentMatch(ContentPart.all(new SeededContent(0, false, 0, 0, 0, 0))));
        HttpConnection.Answer answer = client.connections().ask(request, part -> {
            if (client.connections().status() == 200) {
                match.take(part);
            }
        });
        int expected = content.isPresent() ? 200 : 405;
        if (answer.status() == 503) {
            client.tally().count("answers 503");
        } else if (answer.status() != expected || !match.differenceAtEnd().isEmpty()) {
            throw new SoakFailure("WRONG: " + request + " expected status " + expected + " and " + content + ", seen "
                    + answer.status() + ", " + match.differenceAtEnd());
        } else {
            client.tally().count("reads compared");
            client.tally().add("bytes compared", content.isPresent() ? answer.bytes() : 0);
        }
    }

    private void list(Key key) throws IOException {
        List<String> listed = listed(key);
        List<String> wanted = key.versions.stream().map(Version::id).toList();
        if (!listed.equals(wanted)) {
            throw new SoakFailure("WRONG: versions listed of " + key.name + ": " + listed + ", expected " + wanted);
        }
        client.tally().count("listings compared");
    }

    private List<String> listed(Key key) throws IOException {
        Reply reply = client.connections()
                .ask(new SoakRequest(Place.S3, "GET", BUCKET)
                        .query("prefix="
                                + key.name.substring(BUCKET.length() + 1).replace("/", "%2F") + "&versions="));
        if (!reply.isSuccess()) {
            throw unexpected(reply, new SoakRequest(Place.S3, "GET", BUCKET));
        }
        return LISTED.matcher(reply.text())
                .results()
                .map(version -> version.group(2))
                .toList();
    }

    /** Looks what became of what was not answered, and reads everything. */
    void verify() throws IOException {
        for (Key key : keys) {
            settle(key);
            list(key);
            for (Version version : key.versions) {
                read(key, version);
            }
        }
    }

    private void settle(Key key) throws IOException {
        if (key.isSettled()) {
            return;
        }
        List<String> listed = listed(key);
        List<String> before = key.versions.stream().map(Version::id).toList();
        Version coming = key.coming;
        Version going = key.going;
        if (!listed.equals(before)) {
            if (coming != null
                    && listed.size() == before.size() + 1
                    && listed.subList(1, listed.size()).equals(before)) {
                key.versions.addFirst(new Version(listed.getFirst(), coming.content()));
            } else if (going != null) {
                // What is left is compared by whoever lists next.
                key.versions.remove(going);
            }
        }
        key.coming = null;
        key.going = null;
        client.tally().count("unanswered changes judged");
    }
}
