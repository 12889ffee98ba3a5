package io.varve.storage;

import org.junit.jupiter.api.Test;

/** Power failures during moves between tiers, as {@link CrashingTiers} has them; {@link Simulations} tells how to run it longer. */
class TierSimulationTest {
    @Test
    void nothingIsLostWhereverThePowerFailsDuringMoves() throws Exception {
        Simulations.of("TierSimulationTest", 20_260_102L, 300).run(run -> new CrashingTiers(run).run());
    }
}
