package io.varve.app.load;

import io.varve.app.load.Workload.Stage;
import java.util.List;
import java.util.function.Function;

/**
 * Something to measure.
 *
 * @param name what results are compared by from run to run: its meaning never changes
 * @param s3 whether Varve is asked at its S3 door; the plain-file server has WebDAV only
 * @param units what is printed; the first one's ratio is the scenario's
 * @param workload makes one server's instance
 */
record Scenario(String name, boolean s3, List<Unit> units, Function<Stage, Workload> workload) {}
