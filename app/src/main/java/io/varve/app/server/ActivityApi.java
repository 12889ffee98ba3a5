package io.varve.app.server;

import io.varve.app.console.ActiveUsers;
import io.varve.app.console.HotFiles;
import io.varve.storage.StorageEngine;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/v1/activity}: who is at work, and which files are read most. */
@RestController
@RequestMapping("/api/v1/activity")
class ActivityApi extends AdministratorApi {
    private static final int LISTED_MAX = 100;

    private final Activity activity;

    /**
     * What goes on.
     *
     * @param userCount how many users sent a request lately
     * @param windowSeconds how long ago that is at most
     * @param users the last ones seen
     * @param files those that were read most
     * @param halfLifeSeconds after this time a read counts half
     */
    record Now(
            long userCount,
            long windowSeconds,
            List<ActiveUsers.User> users,
            List<HotFiles.Hot> files,
            long halfLifeSeconds) {}

    ActivityApi(StorageEngine engine, Activity activity) {
        super(engine.access());
        this.activity = activity;
    }

    @GetMapping
    Now now(@RequestParam(defaultValue = "10") int limit) {
        int listed = Math.clamp(limit, 1, LISTED_MAX);
        return new Now(
                activity.userCount(),
                ActiveUsers.WINDOW.toSeconds(),
                activity.users(listed),
                activity.files(listed),
                HotFiles.HALF_LIFE.toSeconds());
    }
}
