package io.varve.s3.operation;

import io.varve.s3.operation.Sealing.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The runs of sealed content as text. Runs of one length whose numbers follow each other are written as one, {@code length*count:number},
 * and a number that begins like the one before leaves its beginning out; so ten thousand parts of a size take some dozen bytes.
 */
final class SealingRuns {
    static final String FIELD = "/";
    static final String WITHIN = ":";

    private static final String POINT = ".";
    private static final String TIMES = "*";

    private SealingRuns() {}

    /** A number of {@link PartNonces}: {@code beginning.part.times}. */
    record Numbered(String beginning, int part, int times) {
        String text() {
            return beginning + POINT + part + POINT + times;
        }

        /** Reads one; empty if it is a random number as others are. */
        static Optional<Numbered> of(String nonce) {
            String[] fields = nonce.split("\\.", -1);
            return fields.length == 3
                    ? Optional.of(new Numbered(fields[0], Integer.parseInt(fields[1]), Integer.parseInt(fields[2])))
                    : Optional.empty();
        }

        Numbered after(int count) {
            return new Numbered(beginning, part + count, times);
        }
    }

    /** The text, each run or several with a {@link #FIELD} before. */
    static String toText(List<Run> runs) {
        StringBuilder text = new StringBuilder();
        String beginning = "";
        for (int i = 0; i < runs.size(); ) {
            Run first = runs.get(i);
            Optional<Numbered> number = Numbered.of(first.nonce());
            int count = number.isPresent() ? following(runs, i, number.get()) : 1;
            text.append(FIELD).append(first.length());
            if (count > 1) {
                text.append(TIMES).append(count);
            }
            String same = number.map(Numbered::beginning).orElse("");
            boolean isKnown = !same.isEmpty() && same.equals(beginning);
            text.append(WITHIN).append(isKnown ? first.nonce().substring(same.length()) : first.nonce());
            beginning = same;
            i += count;
        }
        return text.toString();
    }

    private static int following(List<Run> runs, int from, Numbered number) {
        int count = 1;
        while (from + count < runs.size()
                && runs.get(from + count)
                        .equals(new Run(
                                runs.get(from).length(), number.after(count).text()))) {
            count++;
        }
        return count;
    }

    /** Reads what stands between two {@link #FIELD}s, one after the other. */
    static List<Run> parse(List<String> fields) {
        List<Run> runs = new ArrayList<>();
        String beginning = "";
        for (String field : fields) {
            String[] parts = field.split(WITHIN, -1);
            int star = parts[0].indexOf(TIMES);
            long length = Long.parseLong(star < 0 ? parts[0] : parts[0].substring(0, star));
            int count = star < 0 ? 1 : Integer.parseInt(parts[0].substring(star + 1));
            String nonce = parts[1].startsWith(POINT) ? beginning + parts[1] : parts[1];
            Optional<Numbered> number = Numbered.of(nonce);
            beginning = number.map(Numbered::beginning).orElse("");
            for (int i = 0; i < count; i++) {
                int after = i;
                runs.add(new Run(
                        length, number.map(one -> one.after(after).text()).orElse(nonce)));
            }
        }
        return runs;
    }
}
