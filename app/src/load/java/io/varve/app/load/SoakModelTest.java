package io.varve.app.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.varve.app.load.SoakModel.Change;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whether a soak would notice: its contents, its comparison of bytes, its model. */
class SoakModelTest {
    private static final SeededContent TEXT = new SeededContent(7, true, 50_000, 0, 0, 0);
    private static final SeededContent CHANCE = new SeededContent(8, false, 9_000, 0, 0, 0);

    private final SoakModel model = new SoakModel();
    private final Map<String, SeededContent> store = new HashMap<>();

    // ---- contents

    @Test
    void contentIsTheSameFromWhereverItIsMade() {
        SeededContent content = TEXT.edited().withInserted(123).edited().withAppended(9_999);
        byte[] all = bytes(content);
        for (int from : new int[] {0, 1, 122, 123, 124, 4_219, 50_122, 50_123, 50_124, 60_121}) {
            byte[] part = new byte[Math.min(5_000, all.length - from)];
            content.fill(from, part);
            assertThat(part).as("from " + from).isEqualTo(Arrays.copyOfRange(all, from, from + part.length));
        }
    }

    @Test
    void anEditChangesItsStretchAndNothingElse() {
        SeededContent edited = CHANCE.edited();
        SeededContent.Stretch stretch = edited.lastEdit();
        byte[] before = bytes(CHANCE);
        byte[] after = bytes(edited);
        assertThat(after).isNotEqualTo(before);
        System.arraycopy(after, (int) stretch.from(), before, (int) stretch.from(), stretch.length());
        assertThat(after).isEqualTo(before);
    }

    @Test
    void whatIsPutInBeforeAndAddedBehindLeavesTheRest() {
        byte[] longer = bytes(TEXT.withInserted(10).withAppended(20));
        assertThat(longer).hasSize(50_030);
        assertThat(Arrays.copyOfRange(longer, 10, 50_010)).isEqualTo(bytes(TEXT));
    }

    // ---- comparing

    @Test
    void everyWrongByteIsNoticed() {
        byte[] right = bytes(CHANCE);
        assertThat(compared(right)).isEmpty();
        for (int at : new int[] {0, 4_096, 8_999}) {
            byte[] wrong = right.clone();
            wrong[at] ^= 1;
            assertThat(compared(wrong)).startsWith("differs at byte " + at + ":");
        }
    }

    @Test
    void whatEndsEarlyOrGoesOnIsNoticed() {
        byte[] right = bytes(CHANCE);
        assertThat(compared(Arrays.copyOf(right, 8_999))).isEqualTo("ends after 8999 of 9000 bytes");
        assertThat(compared(Arrays.copyOf(right, 9_001))).isEqualTo("goes on behind its 9000 bytes");
    }

    private static String compared(byte[] arriving) {
        ContentMatch match = new ContentMatch(ContentPart.all(CHANCE));
        for (int at = 0; at < arriving.length; at += 1_000) {
            match.take(ByteBuffer.wrap(arriving, at, Math.min(1_000, arriving.length - at)));
        }
        return match.differenceAtEnd();
    }

    // ---- the model

    @Test
    void anUnansweredChangeIsThereInAllFilesOrInNone() {
        change("a", TEXT);
        Change move = model.begin(Map.of("a", Optional.empty(), "b", Optional.of(TEXT)));
        model.unknown(move);
        assertThat(model.isFree("a")).isFalse();
        assertThat(model.isFreeBelow("b")).isFalse();
        assertThat(model.states("b")).containsExactly(Optional.empty(), Optional.of(TEXT));

        store.remove("a");
        assertThat(judged(move)).as("neither there nor here").isNotEmpty();
        store.put("a", TEXT);
        store.put("b", TEXT);
        assertThat(judged(move)).as("there and here").isNotEmpty();
        store.remove("a");
        assertThat(judged(move)).as("it has happened").isEmpty();
        assertThat(model.file("a")).isEmpty();
        assertThat(model.file("b")).contains(TEXT);
        assertThat(model.isFree("a")).isTrue();
    }

    @Test
    void anUnansweredChangeThatHasNotHappenedLeavesWhatWas() {
        change("a", TEXT);
        Change write = model.begin(Map.of("a", Optional.of(CHANCE)));
        model.unknown(write);
        assertThat(judged(write)).isEmpty();
        assertThat(model.file("a")).contains(TEXT);

        Change other = model.begin(Map.of("a", Optional.of(CHANCE)));
        model.unknown(other);
        store.put("a", TEXT.edited());
        assertThat(judged(other)).as("a third state").isNotEmpty();
    }

    @Test
    void aMomentIsRememberedOnlyIfAllIsKnown() {
        Instant first = Instant.parse("2026-01-01T00:00:00Z");
        change("a", TEXT);
        model.remember(first);
        Change write = model.begin(Map.of("a", Optional.of(CHANCE)));
        model.unknown(write);
        model.remember(first.plusSeconds(1));
        assertThat(judged(write)).isEmpty();
        model.remember(first.plusSeconds(2));
        assertThat(model.moments(first.minusSeconds(1)))
                .extracting(SoakModel.Moment::at)
                .containsExactly(first, first.plusSeconds(2));
        assertThat(model.moments(first)).hasSize(1);
    }

    @Test
    void nobodyChangesWhatIsHeld() {
        model.hold("f/a", Instant.now().plusSeconds(100));
        assertThat(model.isFree("f/a")).isFalse();
        assertThat(model.isFreeBelow("f/")).isFalse();
        model.release("f/a");
        assertThat(model.isFree("f/a")).isTrue();
        model.hold("f/a", Instant.now().minusSeconds(1));
        assertThat(model.isFreeBelow("f/")).isTrue();
    }

    private void change(String name, SeededContent content) {
        model.done(model.begin(Map.of(name, Optional.of(content))));
        store.put(name, content);
    }

    private Optional<String> judged(Change change) {
        return model.judge(change, (name, states) -> {
            Set<Integer> fitting = new HashSet<>();
            for (int i = 0; i < states.size(); i++) {
                if (states.get(i).equals(Optional.ofNullable(store.get(name)))) {
                    fitting.add(i);
                }
            }
            return fitting;
        });
    }

    private static byte[] bytes(SeededContent content) {
        byte[] bytes = new byte[(int) content.size()];
        content.fill(0, bytes);
        return bytes;
    }
}
