package io.varve.storage.namespace;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How long what is no longer current stays readable. A version is kept as long as any of the rules keeps it:
 *
 * <ul>
 *   <li>for a time after it stopped being current;
 *   <li>as one of the last versions of its name, however old;
 *   <li>because a kept moment shows it. Kept moments are the beginnings (UTC) of the last so many hours, days, weeks (Mondays) and
 *       months: what is kept of an hour or a day is the whole share as it was at its end, so that a moment is never a mixture.
 * </ul>
 *
 * <p>A rule of zero is no rule; without any, nothing is kept. Pure: it knows no clock. All times are microseconds since the epoch.
 *
 * @param forever whether everything is kept; the other rules mean nothing then
 * @param age how long versions are kept, in whole seconds
 * @param last how many earlier versions of each name are kept
 * @param hourly how many hours' ends are kept
 * @param daily how many days' ends are kept
 * @param weekly how many weeks' ends are kept
 * @param monthly how many months' ends are kept
 */
public record RetentionPolicy(boolean forever, Duration age, int last, int hourly, int daily, int weekly, int monthly) {

    /** Nothing is kept. */
    public static final RetentionPolicy NONE = of(Duration.ZERO);

    /** Everything is kept. */
    public static final RetentionPolicy FOREVER = new RetentionPolicy(true, Duration.ZERO, 0, 0, 0, 0, 0);

    /** The most that a rule by count can ask for. */
    public static final int COUNT_MAX = 1000;

    /** What {@link #parse} understands, for people. */
    public static final String GRAMMAR =
            "none, forever, or a list such as 30d,last=10,hourly=24,daily=14,weekly=8,monthly=12";

    /** The end of time, as far as expiry is concerned. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long SECOND_MICROS = 1_000_000;
    private static final Pattern COUNT = Pattern.compile("(last|hourly|daily|weekly|monthly)=([0-9]{1,4})");

    public RetentionPolicy {
        if (age.isNegative() || age.toSeconds() > Ages.SECONDS_MAX) {
            throw new IllegalArgumentException("history is kept for 0 seconds to 1,000 years, not " + age);
        }
        for (int count : new int[] {last, hourly, daily, weekly, monthly}) {
            if (count < 0 || count > COUNT_MAX) {
                throw new IllegalArgumentException("a rule keeps 0 to " + COUNT_MAX + ", not " + count);
            }
        }
        age = Duration.ofSeconds(age.toSeconds());
    }

    /** Keeps versions for a while. */
    public static RetentionPolicy of(Duration age) {
        return new RetentionPolicy(false, age, 0, 0, 0, 0, 0);
    }

    public RetentionPolicy withLast(int versions) {
        return new RetentionPolicy(forever, age, versions, hourly, daily, weekly, monthly);
    }

    /**
     * Reads what {@link #toString} writes: {@link #GRAMMAR}. Times end in s, m, h, d, w or y.
     *
     * @return empty if it is not understood
     */
    public static Optional<RetentionPolicy> parse(String text) {
        String words = text.strip().toLowerCase(Locale.ROOT);
        if (words.equals("none")) {
            return Optional.of(NONE);
        }
        if (words.equals("forever")) {
            return Optional.of(FOREVER);
        }
        Reading reading = new Reading();
        for (String word : words.split("[,\\s]+", -1)) {
            if (!reading.take(word)) {
                return Optional.empty();
            }
        }
        return reading.policy();
    }

    /** What was read of a text so far; each rule may stand once. */
    private static final class Reading {
        private static final List<String> NAMES = List.of("last", "hourly", "daily", "weekly", "monthly");

        private long seconds = -1;
        private final int[] counts = {-1, -1, -1, -1, -1};

        boolean take(String word) {
            Optional<Duration> time = Ages.parse(word);
            if (time.isPresent() && seconds < 0) {
                seconds = time.get().toSeconds();
                return true;
            }
            Matcher count = COUNT.matcher(word);
            if (!count.matches()) {
                return false;
            }
            int rule = NAMES.indexOf(count.group(1));
            boolean first = counts[rule] < 0;
            counts[rule] = Integer.parseInt(count.group(2));
            return first && counts[rule] <= COUNT_MAX;
        }

        Optional<RetentionPolicy> policy() {
            RetentionPolicy policy = new RetentionPolicy(
                    false, Duration.ofSeconds(Math.max(0, seconds)), at(0), at(1), at(2), at(3), at(4));
            // Who wants to keep nothing shall say so.
            return policy.isNone() ? Optional.empty() : Optional.of(policy);
        }

        private int at(int rule) {
            return Math.max(0, counts[rule]);
        }
    }

    /** Whether nothing is kept. */
    public boolean isNone() {
        return !forever && age.isZero() && last == 0 && !isThinning();
    }

    /** Whether moments are kept beyond the age. */
    public boolean isThinning() {
        return !forever && (hourly > 0 || daily > 0 || weekly > 0 || monthly > 0);
    }

    /** Whether versions are kept by their number. */
    boolean isCounting() {
        return !forever && last > 0;
    }

    /** Whether this one keeps every hour, day, week and month whose end the other one keeps. */
    boolean coversMomentsOf(RetentionPolicy other) {
        return forever
                || (!other.forever
                        && hourly >= other.hourly
                        && daily >= other.daily
                        && weekly >= other.weekly
                        && monthly >= other.monthly);
    }

    /** When the age no longer keeps what ended then. */
    long agedOut(long end) {
        return forever ? NEVER : end + age.toSeconds() * SECOND_MICROS;
    }

    /**
     * Until when age and kept moments keep a version; the number of versions is another matter.
     *
     * @param begin when it became current
     * @param end when it stopped being so, not before
     */
    long keptUntil(long begin, long end) {
        long until = agedOut(end);
        if (isThinning()) {
            for (KeptMoments level : KeptMoments.values()) {
                until = Math.max(until, level.keptUntil(begin, end, countOf(level)));
            }
        }
        return until;
    }

    /** Whether the state at a moment is kept as a whole at a later time, beyond the age. */
    boolean keepsMoment(long moment, long now) {
        if (!isThinning()) {
            return false;
        }
        for (KeptMoments level : KeptMoments.values()) {
            if (level.newestAtOrBefore(moment) == moment && now < level.keptUntil(moment, moment + 1, countOf(level))) {
                return true;
            }
        }
        return false;
    }

    private int countOf(KeptMoments level) {
        return switch (level) {
            case HOUR -> hourly;
            case DAY -> daily;
            case WEEK -> weekly;
            case MONTH -> monthly;
        };
    }

    /** The form that {@link #parse} reads. */
    @Override
    public String toString() {
        if (forever) {
            return "forever";
        }
        if (isNone()) {
            return "none";
        }
        List<String> words = new ArrayList<>();
        if (!age.isZero()) {
            words.add(Ages.text(age));
        }
        addCount(words, "last", last);
        addCount(words, "hourly", hourly);
        addCount(words, "daily", daily);
        addCount(words, "weekly", weekly);
        addCount(words, "monthly", monthly);
        return String.join(",", words);
    }

    private static void addCount(List<String> words, String name, int count) {
        if (count > 0) {
            words.add(name + "=" + count);
        }
    }
}
