package io.varve.webdav;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.webdav.DavClient.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What changed in a folder (RFC 6578). */
class SyncTest extends DoorTest {
    private static final Pattern RESPONSE =
            Pattern.compile("<D:response><D:href>([^<]+)</D:href>(.*?)</D:response>", Pattern.DOTALL);
    private static final Pattern TOKEN = Pattern.compile("<D:sync-token>([^<]+)</D:sync-token>");

    /** An answer: the state of each address that is told of, by the code of its first status, and the next token. */
    private record Changes(Map<String, Integer> states, String token) {}

    private Answer ask(String folder, String token, String level, String limit) {
        String body = "<?xml version='1.0'?><D:sync-collection xmlns:D='DAV:'><D:sync-token>" + token
                + "</D:sync-token><D:sync-level>" + level + "</D:sync-level>" + limit
                + "<D:prop><D:getetag/></D:prop></D:sync-collection>";
        return client.send("REPORT", folder, body, new String[] {"Depth: 0"});
    }

    private static Changes read(Answer answer) {
        assertStatus(207, answer);
        Map<String, Integer> states = new TreeMap<>();
        Matcher response = RESPONSE.matcher(answer.body());
        while (response.find()) {
            String rest = response.group(2);
            int status = rest.indexOf("HTTP/1.1 ") + 9;
            boolean folder = response.group(1).endsWith("/") && rest.contains("<D:propstat>");
            states.put(response.group(1), folder ? 200 : Integer.parseInt(rest.substring(status, status + 3)));
        }
        Matcher token = TOKEN.matcher(answer.body());
        assertThat(token.find()).isTrue();
        return new Changes(states, token.group(1));
    }

    private Changes sync(String token) {
        return read(ask(bucket, token, "infinite", ""));
    }

    @Test
    void tellsWhatCameChangedAndWent() {
        assertStatus(201, client.send("MKCOL", bucket + "folder"));
        file(bucket + "folder/a", "1");
        file(bucket + "b", "1");
        file(bucket + "stays", "1");
        Changes all = sync("");
        assertThat(all.states())
                .isEqualTo(Map.of(
                        bucket + "b", 200, bucket + "folder/", 200, bucket + "folder/a", 200, bucket + "stays", 200));
        assertThat(sync(all.token()).states()).isEmpty();

        file(bucket + "folder/a", "2");
        file(bucket + "folder/new", "1");
        assertStatus(204, client.send("DELETE", bucket + "b"));
        Changes some = sync(all.token());
        assertThat(some.states())
                .isEqualTo(Map.of(bucket + "b", 404, bucket + "folder/a", 200, bucket + "folder/new", 200));

        assertStatus(201, client.send("MOVE", bucket + "folder", "Destination: " + bucket + "renamed"));
        assertThat(sync(some.token()).states())
                .isEqualTo(Map.of(
                        bucket + "folder/", 404,
                        bucket + "renamed/", 200,
                        bucket + "renamed/a", 200,
                        bucket + "renamed/new", 200));
        assertThat(read(ask(bucket, some.token(), "1", "")).states())
                .isEqualTo(Map.of(bucket + "folder/", 404, bucket + "renamed/", 200));
        // From the first token on everything at once.
        assertThat(sync(all.token()).states())
                .containsOnlyKeys(
                        bucket + "b",
                        bucket + "folder/",
                        bucket + "renamed/",
                        bucket + "renamed/a",
                        bucket + "renamed/new");
    }

    @Test
    void theTokenIsAPropertyToo() {
        file(bucket + "a", "1");
        String asked =
                "<D:propfind xmlns:D='DAV:'><D:prop><D:sync-token/><D:supported-report-set/></D:prop></D:propfind>";
        Answer answer = client.send("PROPFIND", bucket, asked, new String[] {"Depth: 0"});
        assertThat(answer.body()).contains("<D:sync-collection/>");
        Matcher token = TOKEN.matcher(answer.body());
        assertThat(token.find()).isTrue();
        file(bucket + "b", "1");
        assertThat(sync(token.group(1)).states()).isEqualTo(Map.of(bucket + "b", 200));
    }

    @Test
    void longAnswersComeInParts() {
        assertStatus(201, client.send("MKCOL", bucket + "m"));
        TreeSet<String> expected = new TreeSet<>(List.of(bucket + "m/"));
        for (String name : List.of("a", "m/1", "m/2", "m/%3A3", "n", "z%20%C3%BC")) {
            file(bucket + name, "x");
            expected.add((bucket + name).replace("%3A", ":"));
        }
        String token = "";
        List<String> told = new ArrayList<>();
        int parts = 0;
        while (told.size() < expected.size()) {
            Changes part = read(ask(bucket, token, "infinite", "<D:limit><D:nresults>2</D:nresults></D:limit>"));
            boolean more = part.states().remove(bucket, Integer.valueOf(507));
            assertThat(part.states().size()).isLessThanOrEqualTo(2);
            told.addAll(part.states().keySet());
            token = part.token();
            parts++;
            assertThat(more).isEqualTo(told.size() < expected.size());
            if (parts == 1) {
                // Before the place where the answer was cut off, and after it.
                file(bucket + "A", "came in between");
                file(bucket + "n", "changed in between");
            }
        }
        assertThat(parts).isEqualTo(4);
        assertThat(told).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(sync(token).states()).isEqualTo(Map.of(bucket + "A", 200, bucket + "n", 200));
    }

    @Test
    void badTokensAreRefusedByName() {
        file(bucket + "a", "1");
        for (String token : List.of(
                "nonsense",
                "urn:varve:sync:x",
                "urn:varve:sync:-1",
                "urn:varve:sync:1",
                "urn:varve:sync:99999999999999999",
                "urn:varve:sync:1:2",
                "urn:varve:sync:1:x:a")) {
            Answer answer = ask(bucket, token, "1", "");
            assertThat(answer.status()).as(token).isEqualTo(403);
            assertThat(answer.body()).contains("<D:valid-sync-token/>");
        }
        String before = sync("").token();
        assertStatus(201, client.send("MKCOL", bucket + "later"));
        assertThat(ask(bucket + "later", before, "1", "").body()).contains("<D:valid-sync-token/>");
        assertStatus(400, ask(bucket, "", "2", ""));
        assertStatus(400, ask(bucket, "", "1", "<D:limit><D:nresults>0</D:nresults></D:limit>"));
        assertStatus(403, ask(bucket + "a", "", "1", ""));
        assertStatus(403, ask("/dav/", "", "1", ""));
    }

    @Test
    void aClientThatFollowsHasWhatIsThere() {
        Random random = new Random(5);
        TreeSet<String> known = new TreeSet<>();
        String token = "";
        for (int round = 0; round < 12; round++) {
            for (int change = 0; change < 6; change++) {
                String folder = bucket + "d" + random.nextInt(3);
                String path = folder + "/" + random.nextInt(4);
                client.send("MKCOL", folder);
                switch (random.nextInt(4)) {
                    case 0 -> client.send("DELETE", path);
                    case 1 -> client.send("DELETE", folder);
                    case 2 -> client.send("MOVE", folder, "Destination: " + bucket + "d" + random.nextInt(3));
                    default -> client.put(path, "round " + round);
                }
            }
            Changes changes = sync(token);
            token = changes.token();
            changes.states().forEach((href, status) -> {
                known.removeIf(
                        one -> status == 404 && (one.equals(href) || (href.endsWith("/") && one.startsWith(href))));
                if (status == 200) {
                    known.add(href);
                }
            });
            TreeSet<String> there = new TreeSet<>();
            Matcher listed = RESPONSE.matcher(
                    client.send("PROPFIND", bucket, "Depth: infinity").body());
            while (listed.find()) {
                there.add(listed.group(1));
            }
            there.remove(bucket);
            assertThat(known).as("round %d", round).isEqualTo(there);
        }
    }
}
