package io.varve.storage;

import org.junit.jupiter.api.Test;

/** Simulated power failures, as {@link CrashingMachine} has them; {@link Simulations} tells how to run it longer. */
class SimulationTest {
    @Test
    void nothingAnsweredIsLostWhereverThePowerFails() throws Exception {
        Simulations.of("SimulationTest", 20_260_101L, 600).run(run -> new CrashingMachine(run).run());
    }
}
