package io.varve.app.server;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.varve.app.console.ActiveUsers;
import io.varve.app.console.HotFiles;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/** Who is at work, and on which files. Thread-safe. */
final class Activity implements Consumer<Answered> {
    private final ActiveUsers users;
    private final HotFiles files;

    /** @param meters where the number of active users is told; who they are, and which files, is no label of a metric */
    Activity(InstantSource clock, MeterRegistry meters) {
        users = new ActiveUsers(clock);
        files = new HotFiles(clock);
        Gauge.builder("varve.users.active", users, ActiveUsers::count)
                .description("Users who sent a request in the last " + ActiveUsers.WINDOW.toMinutes() + " minutes")
                .register(meters);
    }

    @Override
    public void accept(Answered answered) {
        if (!answered.user().isEmpty()) {
            users.saw(answered.user(), answered.door().text(), answered.address());
        }
        if (answered.isRead()) {
            files.read(answered.target());
        }
    }

    /** Who is active, the last one seen first. */
    List<ActiveUsers.User> users(int limit) {
        return users.active(limit);
    }

    /** How many are. */
    long userCount() {
        return users.count();
    }

    /** The files that are read most. */
    List<HotFiles.Hot> files(int limit) {
        return files.hottest(limit);
    }
}
