package io.varve.app.config;

import java.io.Serial;
import java.util.List;

/** Settings with which the program must not run; the message has one line for each problem, ready for a person. */
public final class SettingsException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    SettingsException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
    }
}
