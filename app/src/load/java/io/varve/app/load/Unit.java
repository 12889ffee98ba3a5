package io.varve.app.load;

/** How work is counted. */
enum Unit {
    /** Megabytes (10^6) a second. */
    MEGABYTES("MB/s", "s/GiB"),
    /** Requests a second. */
    REQUESTS("req/s", "µs/req");

    private final String label;
    private final String costLabel;

    Unit(String label, String costLabel) {
        this.label = label;
        this.costLabel = costLabel;
    }

    String label() {
        return label;
    }

    /** What {@link #cost} is counted in. */
    String costLabel() {
        return costLabel;
    }

    /** Work a second. */
    double rate(Reading reading) {
        return switch (this) {
            case MEGABYTES -> reading.bytes() / 1e6 / reading.seconds();
            case REQUESTS -> reading.requests() / reading.seconds();
        };
    }

    /** The server's processor time for a unit of work. */
    double cost(Reading reading) {
        return switch (this) {
            case MEGABYTES -> reading.cpuSeconds() / (reading.bytes() / (double) (1 << 30));
            case REQUESTS -> reading.cpuSeconds() * 1e6 / reading.requests();
        };
    }
}
