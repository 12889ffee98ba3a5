package io.varve.storage.namespace;

import java.time.LocalDate;
import java.time.ZoneOffset;

/** The moments that thinning can keep: the beginnings of hours, days, weeks or months in UTC. Times are microseconds since the epoch. */
enum KeptMoments {
    HOUR {
        @Override
        long newestAtOrBefore(long time) {
            return Math.floorDiv(time, HOUR_MICROS) * HOUR_MICROS;
        }

        @Override
        long later(long moment, int count) {
            return moment + count * HOUR_MICROS;
        }
    },
    DAY {
        @Override
        long newestAtOrBefore(long time) {
            return Math.floorDiv(time, DAY_MICROS) * DAY_MICROS;
        }

        @Override
        long later(long moment, int count) {
            return moment + count * DAY_MICROS;
        }
    },
    /** Mondays. */
    WEEK {
        @Override
        long newestAtOrBefore(long time) {
            return Math.floorDiv(time - FIRST_MONDAY, WEEK_MICROS) * WEEK_MICROS + FIRST_MONDAY;
        }

        @Override
        long later(long moment, int count) {
            return moment + count * WEEK_MICROS;
        }
    },
    MONTH {
        @Override
        long newestAtOrBefore(long time) {
            return begin(day(time).withDayOfMonth(1));
        }

        @Override
        long later(long moment, int count) {
            return begin(day(moment).plusMonths(count));
        }
    };

    private static final long HOUR_MICROS = 3_600_000_000L;
    private static final long DAY_MICROS = 24 * HOUR_MICROS;
    private static final long WEEK_MICROS = 7 * DAY_MICROS;

    /** 1970-01-05. */
    private static final long FIRST_MONDAY = 4 * DAY_MICROS;

    abstract long newestAtOrBefore(long time);

    /** The moment that is so many units after one. */
    abstract long later(long moment, int count);

    /**
     * Until when the last so many of these moments hold one at which a version was current. Only the newest such moment counts: it
     * leaves last.
     *
     * @param begin when the version became current
     * @param end when it stopped being so
     * @return 0 if no moment shows it, or none is kept
     */
    long keptUntil(long begin, long end, int count) {
        if (count == 0) {
            return 0;
        }
        long newest = newestAtOrBefore(end - 1);
        return newest >= begin ? later(newest, count) : 0;
    }

    private static LocalDate day(long time) {
        return LocalDate.ofEpochDay(Math.floorDiv(time, DAY_MICROS));
    }

    private static long begin(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toEpochSecond() * 1_000_000;
    }
}
