package io.varve.storage.io;

import java.io.IOException;

/** The power is off: thrown by every call to a {@link MemoryDeviceDirectory} from its crash on. */
public final class SimulatedCrash extends IOException {

    private static final long serialVersionUID = 1L;

    public SimulatedCrash() {
        super("The simulated machine has crashed.");
    }
}
