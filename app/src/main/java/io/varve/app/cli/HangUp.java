package io.varve.app.cli;

import java.io.Console;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Optional;

/**
 * Has the signal SIGHUP mean "read the settings again", as it does for daemons. Where there is a terminal it goes on meaning that its
 * window was closed, which ends the server.
 */
final class HangUp {
    private HangUp() {}

    /** Runs something at each signal, on a thread of its own; nothing happens on systems without it. */
    static void to(Runnable action) {
        if (Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent()) {
            return;
        }
        try {
            // By name: the compiler warns of these types, which the module jdk.unsupported keeps for want of others.
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            MethodHandle run = MethodHandles.publicLookup()
                    .findVirtual(Runnable.class, "run", MethodType.methodType(void.class))
                    .bindTo(action);
            Object listening =
                    MethodHandleProxies.asInterfaceInstance(handler, MethodHandles.dropArguments(run, 0, signal));
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), listening);
        } catch (ReflectiveOperationException e) {
            // Windows has no such signal, and a Java machine may be without the module: ./varve config reload does the
            // same.
        }
    }
}
